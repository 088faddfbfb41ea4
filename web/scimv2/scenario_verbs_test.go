package scimv2_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/models"
	"muster/models/scim"
)

// verb does what a line says behind its first word.
type verb func(p *stage, l line) error

// verbs are the first words of lines.
//
//	scim …      a directory's request, see directoryVerbs
//	admin …     an administrator's deed, see adminVerbs
//	repeat      the directory's latest request once more, with the same answer
//	many N c …  the directory creates c1 to cN with these attributes
//	wait 2h     time goes by; 3d are three days
//	evaluate    what runs in the background comes to its end
//	setting, profile, mapping, order     see scenario_rules_test.go
//	the others expect something, see scenario_expect_test.go
var verbs = map[string]verb{
	"scim": among(directoryVerbs), "admin": among(adminVerbs), "repeat": repeatRequest, "many": createMany, "wait": letTimePass, "evaluate": evaluate,
	"setting": changeSetting, "profile": saveProfile, "mapping": saveMapping, "order": orderMappings,
	"user": expectUser, "no": expectNobody, "users": expectUsers, "different": expectDifferent,
	"log": expectLog, "logged": expectLogged, "audit": expectAudit, "seats": expectSeats, "waiting": expectWaiting,
	"group": expectGroup, "groups": expectGroups, "rules": expectRules, "purgeable": expectPurgeable,
	"queue": expectQueue, "decided": expectDecided,
}

// among looks the next word up in a table.
func among(table map[string]verb) verb {
	return func(p *stage, l line) error {
		if len(l.words) == 0 {
			return fmt.Errorf("does not say what")
		}
		run, ok := table[l.words[0]]
		if !ok {
			return fmt.Errorf("nobody knows %q", l.words[0])
		}
		l.words, l.raw = l.words[1:], l.raw[1:]
		return run(p, l)
	}
}

// directoryVerbs are what a directory does. Where one label is wanted, a range such
// as c1..c20 does it for each in order.
//
//	post|put|patch ada title=…    externalId, active and the like as they would be sent; title= takes it away
//	delete|get ada
//	find FILTER -> ada bob         the users that a search finds, or none
//	group Sales members=ada,bob    a new group
//	join|leave|members Sales ada   add, remove, replace
//	rename Sales "New name"
//	delete-group Sales
var directoryVerbs = map[string]verb{
	"post": postUser, "put": putUser, "patch": patchUsers, "delete": each(surface.deleteUser), "get": each(surface.showUser), "find": findUsers,
	"group": postGroup, "join": regroup(models.AddMembers), "leave": regroup(models.RemoveMembers), "members": regroup(models.ReplaceMembers),
	"rename": renameGroup, "delete-group": deleteGroup,
}

// send makes a request, remembers it, and holds its answer to what the line wants.
func (p *stage) send(l line, ask func() answer) (answer, error) {
	p.last, p.wanted = ask, l.answer
	a := ask()
	return a, a.holds(l.answer)
}

func repeatRequest(p *stage, l line) error {
	if p.last == nil || len(l.words) > 0 {
		return fmt.Errorf("there is nothing to repeat, or too much to say")
	}
	want := p.wanted
	if l.answer != "" {
		want = l.answer
	}
	return p.last().holds(want)
}

// labelled splits a line into its label and the attributes behind it.
func labelled(l line) (string, pairs, error) {
	if len(l.words) == 0 || strings.Contains(l.words[0], "=") {
		return "", nil, fmt.Errorf("does not say who")
	}
	set, err := readPairs(l.words[1:])
	return l.words[0], set, err
}

func postUser(p *stage, l line) error {
	label, set, err := labelled(l)
	if err != nil {
		return err
	}
	set = set.named(label)
	p.called[label] = set.called("")
	a, err := p.send(l, func() answer { return p.via.createUser(set.document()) })
	if err != nil || a.status >= 300 {
		return err
	}
	return p.bind(p.users, label, a.id)
}

func putUser(p *stage, l line) error {
	label, set, err := labelled(l)
	if err != nil {
		return err
	}
	id, err := p.id(label)
	if err != nil {
		return err
	}
	set = set.named(p.called[label])
	p.called[label] = set.called("")
	_, err = p.send(l, func() answer { return p.via.replaceUser(id, set.document()) })
	return err
}

func patchUsers(p *stage, l line) error {
	label, set, err := labelled(l)
	if err == nil && len(set) == 0 {
		err = fmt.Errorf("changes nothing")
	}
	if err != nil {
		return err
	}
	return each(func(via surface, id string) answer { return via.patchUser(id, set) })(p, line{words: []string{label}, answer: l.answer})
}

// each does the same to a user, or to each of a range.
func each(ask func(surface, string) answer) verb {
	return func(p *stage, l line) error {
		if len(l.words) != 1 {
			return fmt.Errorf("wants one label")
		}
		ids, err := p.ids(l.words)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := p.send(l, func() answer { return ask(p.via, id) }); err != nil {
				return err
			}
		}
		return nil
	}
}

func findUsers(p *stage, l line) error {
	a := p.via.findUsers(strings.Join(l.raw, " "))
	if a.status != 200 {
		return fmt.Errorf("answered %d: %s", a.status, a.detail)
	}
	var got []string
	for _, id := range a.ids {
		got = append(got, p.label(id))
	}
	return sameSet(got, l.answer)
}

// createMany creates a crowd, several at once as directories do.
func createMany(p *stage, l line) error {
	if len(l.words) < 2 {
		return fmt.Errorf("does not say how many, or who")
	}
	n, err := strconv.Atoi(l.words[0])
	if err != nil {
		return fmt.Errorf("%q is no number", l.words[0])
	}
	prefix := l.words[1]
	set, err := readPairs(l.words[2:])
	if err != nil {
		return err
	}
	answers := make([]answer, n)
	var all sync.WaitGroup
	for w := range 16 {
		all.Go(func() {
			for i := w; i < n; i += 16 {
				name := prefix + strconv.Itoa(i+1)
				answers[i] = p.via.createUser(append(pairs{{"name", name}, {"externalId", "x-" + name}}, set...).document())
			}
		})
	}
	all.Wait()
	for i, a := range answers {
		if err := a.holds(l.answer); err != nil {
			return err
		}
		name := prefix + strconv.Itoa(i+1)
		p.called[name] = name
		if err := p.bind(p.users, name, a.id); err != nil {
			return err
		}
	}
	return nil
}

func postGroup(p *stage, l line) error {
	label, doc, members, err := p.readGroup(l)
	if err != nil {
		return err
	}
	a, err := p.send(l, func() answer { return p.via.createGroup(doc, members) })
	if err != nil || a.status >= 300 {
		return err
	}
	return p.bind(p.groups, label, a.id)
}

// readGroup reads a group with its members from a line.
func (p *stage) readGroup(l line) (label string, doc scim.Document, members []string, err error) {
	if len(l.words) == 0 {
		return "", nil, nil, fmt.Errorf("does not say which group")
	}
	label = l.words[0]
	doc = scim.Document{"displayName": label}
	for _, w := range l.words[1:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "name":
			doc["displayName"] = value
		case "externalId":
			doc["externalId"] = value
		case "members":
			if members, err = p.ids(strings.Split(value, ",")); err != nil {
				return "", nil, nil, err
			}
		default:
			return "", nil, nil, fmt.Errorf("a group has no %q", w)
		}
	}
	p.called[label], _ = doc["displayName"].(string)
	return label, doc, members, nil
}

// regroup changes who is in a group.
func regroup(kind models.MemberChangeKind) verb {
	return func(p *stage, l line) error {
		id, members, err := p.groupAndMembers(l)
		if err != nil {
			return err
		}
		_, err = p.send(l, func() answer { return p.via.changeMembers(id, kind, members) })
		return err
	}
}

func (p *stage) groupAndMembers(l line) (string, []string, error) {
	if len(l.words) == 0 {
		return "", nil, fmt.Errorf("does not say which group")
	}
	id, err := p.groupID(l.words[0])
	if err != nil {
		return "", nil, err
	}
	members, err := p.ids(l.words[1:])
	return id, members, err
}

func renameGroup(p *stage, l line) error {
	if len(l.words) != 2 {
		return fmt.Errorf("wants a group and its new name")
	}
	id, err := p.groupID(l.words[0])
	if err != nil {
		return err
	}
	set := pairs{{"displayName", l.words[1]}}
	_, err = p.send(l, func() answer { return p.via.patchGroup(id, set) })
	return err
}

func deleteGroup(p *stage, l line) error {
	if len(l.words) != 1 {
		return fmt.Errorf("wants one group")
	}
	id, err := p.groupID(l.words[0])
	if err != nil {
		return err
	}
	_, err = p.send(l, func() answer { return p.via.deleteGroup(id) })
	return err
}

func letTimePass(p *stage, l line) error {
	if len(l.words) != 1 {
		return fmt.Errorf("does not say how long")
	}
	if days, ok := strings.CutSuffix(l.words[0], "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil {
			return fmt.Errorf("%q is no time", l.words[0])
		}
		p.Pause(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(l.words[0])
	if err != nil {
		return fmt.Errorf("%q is no time", l.words[0])
	}
	p.Pause(d)
	return nil
}

func evaluate(p *stage, l line) error {
	if len(l.words) > 0 {
		return fmt.Errorf("says too much")
	}
	if err := p.Evaluate(p.t.Context()); err != nil {
		return err
	}
	return p.SeatWaiting(p.t.Context(), models.System(p.org, "Seats"))
}
