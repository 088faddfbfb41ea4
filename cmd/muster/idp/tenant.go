package idp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// tenant is the directory on the identity provider's side: the truth that
// each cycle carries over.
type tenant struct {
	dialect Dialect
	domain  string
	rng     *rand.Rand
	regions map[string]region
	people  []*person
	teams   []*team
	taken   map[string]bool // userNames ever used, so that no name is inherited
	heads   map[string][]*person
}

// person is one account there, with what was delivered of it so far.
type person struct {
	key      int
	want     User // ID stays empty
	given    name
	family   name
	password string
	boss     *person
	office   office
	left     int // cycle in which the person left, 0 while here
	purged   bool
	external bool

	// Delivered; changed only under Simulator.mu.
	id       string
	sent     User
	gone     bool
	returned bool
}

type team struct {
	key        int
	name       string
	externalID string
	rule       func(*person) bool // nil: members is kept by hand
	members    map[*person]bool
	ended      bool

	id       string
	sentName string
	sent     map[*person]bool
	foreign  []string // members that were there when the group was taken over
	gone     bool
}

type office struct {
	city, country, language, phone, mobile string
	regions                                []string
}

func offices() []office {
	return []office{
		{"Berlin", "DE", "de-DE", "+49 30 23125 ", "+49 151 2345", []string{"german", "german", "turkish", "polish", "cyrillic"}},
		{"London", "GB", "en-GB", "+44 20 7946 0", "+44 7700 900", []string{"english", "english", "irish", "indian", "african"}},
		{"New York", "US", "en-US", "+1 212 555 0", "+1 917 555 0", []string{"american", "american", "spanish", "italian", "korean"}},
		{"São Paulo", "BR", "pt-BR", "+55 11 5550 0", "+55 11 95550 0", []string{"portuguese", "portuguese", "italian", "japanese"}},
		{"東京", "JP", "ja-JP", "+81 3 5550 0", "+81 90 5550 0", []string{"japanese", "japanese", "japanese", "chinese"}},
		{"Bengaluru", "IN", "en-IN", "+91 80 5550 0", "+91 98 5550 0", []string{"indian", "indian", "indian", "arabic"}},
		{"Montréal", "CA", "fr-CA", "+1 514 555 0", "+1 438 555 0", []string{"french", "french", "vietnamese", "arabic"}},
		{"Malmö", "SE", "sv-SE", "+46 40 628 0", "+46 70 174 0", []string{"nordic", "nordic", "dutch", "czech", "greek"}},
		{"Honolulu", "US", "en-US", "+1 808 555 0", "+1 808 555 1", []string{"pacific", "american", "chinese", "korean"}},
	}
}

type department struct {
	name, division, costCenter string
	titles                     []string
}

func departments() []department {
	return []department{
		{"Engineering", "Technology", "4100", []string{"VP Engineering", "Engineering Lead", "Senior Engineer", "Engineer", "Site Reliability Engineer"}},
		{"Sales", "Commercial", "2100", []string{"VP Sales", "Regional Sales Lead", "Account Executive", "Sales Representative", "Sales Engineer"}},
		{"Customer Support", "Commercial", "2300", []string{"Head of Customer Support", "Support Lead", "Senior Support Specialist", "Support Specialist"}},
		{"Marketing", "Commercial", "2200", []string{"Chief Marketing Officer", "Brand Lead", "Content Strategist", "Event Coordinator"}},
		{"Finance", "Corporate", "1100", []string{"Chief Financial Officer", "Controller", "Accountant", "Payroll Specialist"}},
		{"Research & Development", "Technology", "4300", []string{"Head of R&D", "Principal Scientist", "Scientist", "Laboratory Technician"}},
		{"People & Culture", "Corporate", "1200", []string{"Chief People Officer", "People Partner", "Recruiter", "Learning Coordinator"}},
		{"IT Operations", "Technology", "4200", []string{"Head of IT", "Systems Lead", "Systems Administrator", "Service Desk Analyst"}},
		{"Legal", "Corporate", "1300", []string{"General Counsel", "Senior Counsel", "Paralegal"}},
	}
}

func newTenant(o Options) *tenant {
	t := &tenant{
		dialect: o.Dialect, domain: o.Domain, regions: loadRegions(), taken: map[string]bool{}, heads: map[string][]*person{},
		rng: rand.New(rand.NewPCG(o.Seed, 0x6d7573746572)), //nolint:gosec // the same seed must give the same story
	}
	for range o.Users {
		t.hire()
	}
	t.found(o.Groups)
	return t
}

// hire adds one person: the first leads the company, the first of each
// department leads it, and everyone else has one of seven above them.
func (t *tenant) hire() {
	p := &person{key: len(t.people), office: pick(t.rng, offices()), external: len(t.people) > 20 && t.rng.IntN(25) == 0}
	d := pick(t.rng, departments())
	p.want = User{Active: true, ExternalID: t.newID(), Locality: p.office.city, Country: p.office.country, Language: p.office.language}
	p.password = opaque(t.rng, "Pw.", 17)
	t.nameIt(p)
	p.want.WorkPhone = p.office.phone + fmt.Sprintf("%03d", t.rng.IntN(1000))
	if t.rng.IntN(3) > 0 {
		p.want.MobilePhone = p.office.mobile + fmt.Sprintf("%03d", t.rng.IntN(1000))
	}
	switch {
	case p.external:
		// Externals have none of the enterprise attributes: Entra then names
		// the extension in schemas and sends no object for it.
		p.want.Title = pick(t.rng, []string{"Consultant", "Contractor", "Auditor (external)"})
	case p.key == 0:
		p.want.Title, p.want.EmployeeNumber = "Chief Executive Officer", t.number(p)
		p.want.Department, p.want.Division, p.want.CostCenter = "Executive Office", "Corporate", "1000"
	default:
		p.want.EmployeeNumber = t.number(p)
		t.join(p, d)
	}
	t.people = append(t.people, p)
}

// number keeps two dialects' tenants apart that are sent to one organization;
// so do domains and the names of groups.
func (t *tenant) number(p *person) string {
	if t.dialect == Okta {
		return fmt.Sprint(5_000_001 + p.key)
	}
	return fmt.Sprint(1_000_001 + p.key)
}

// join puts a person into a department, under a manager and with a title.
func (t *tenant) join(p *person, d department) {
	mates := t.heads[d.name]
	rank := len(mates)
	p.want.Department, p.want.Division, p.want.CostCenter = d.name, d.division, d.costCenter
	switch {
	case rank == 0:
		p.boss, p.want.Title = t.people[0], d.titles[0]
	case rank <= 7:
		p.boss, p.want.Title = mates[0], d.titles[1]
	default:
		p.boss, p.want.Title = mates[(rank-1)/7], pick(t.rng, d.titles[min(2, len(d.titles)-1):])
	}
	p.boss = t.above(p)
	t.heads[d.name] = append(mates, p)
}

// above walks up from p's manager to one who is here and is not p. Moves can
// bend the hierarchy into a ring, which ends at the chief executive.
func (t *tenant) above(p *person) *person {
	boss := p.boss
	for range 20 {
		if boss == nil || boss.left == 0 && boss != p {
			return boss
		}
		boss = boss.boss
	}
	return t.people[0]
}

func (t *tenant) newID() string {
	if t.dialect == Okta {
		return opaque(t.rng, "00u", 17)
	}
	return guid(t.rng)
}

func (t *tenant) nameIt(p *person) {
	r := t.regions[pick(t.rng, p.office.regions)]
	given, family := pick(t.rng, r.given), pick(t.rng, r.family)
	// One in twelve has a name longer than a form's author expects.
	switch t.rng.IntN(24) {
	case 0:
		second := pick(t.rng, r.given)
		given = name{written: given.written + " " + second.written, latin: given.latin}
	case 1:
		second := pick(t.rng, r.family)
		family = name{written: family.written + "-" + second.written, latin: family.latin + "-" + second.latin}
	}
	t.rename(p, given, family)
}

// rename sets everything that follows from a name: sign-in name and address.
func (t *tenant) rename(p *person, given, family name) {
	p.given, p.family = given, family
	p.want.GivenName, p.want.FamilyName = given.written, family.written
	p.want.DisplayName = given.written + " " + family.written
	if eastern(p.want.FamilyName) {
		p.want.DisplayName = family.written + " " + given.written
	}
	if p.external {
		p.want.DisplayName += " (External)"
	}
	if t.dialect == Entra {
		p.want.FormattedName = p.want.DisplayName
	}
	local := strings.Trim(given.latin+"."+family.latin, ".")
	p.want.UserName = t.free(local)
	p.want.Email = p.want.UserName
}

// eastern says whether a family name is written in a script that puts it first.
func eastern(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x2E80 && r <= 0xD7FF })
}

func (t *tenant) free(local string) string {
	for n := 1; ; n++ {
		address := local + "@" + t.domain
		if n > 1 {
			address = fmt.Sprintf("%s%d@%s", local, n, t.domain)
		}
		if !t.taken[address] {
			t.taken[address] = true
			return address
		}
	}
}

func projects() []string {
	return []string{
		"Project Aurora", "VPN users", "Licence: Design Tools", "Works council (Betriebsrat)", "Première équipe", "On-call rotation",
		"Project Łódź", "Fire wardens", "新製品チーム", "Budget owners", "O'Hara account team", "Project \"Quotation\"", "Newsletter authors", "Release approvers",
	}
}

// found makes the groups: everyone, one for each department and office, and
// some that are kept by hand. limit 0 leaves the number as it is.
func (t *tenant) found(limit int) {
	t.addTeam("All staff", func(p *person) bool { return !p.external })
	for _, d := range departments() {
		t.addTeam(d.name, func(p *person) bool { return p.want.Department == d.name })
	}
	for _, o := range offices() {
		t.addTeam("Office "+o.city, func(p *person) bool { return p.want.Locality == o.city })
	}
	t.addTeam("Externals", func(p *person) bool { return p.external })
	t.addTeam("Managers", t.leads)
	for i := 0; i < 6 || len(t.teams) < limit; i++ {
		t.addProject(i)
	}
	if limit > 0 {
		t.teams = t.teams[:limit]
	}
}

func (t *tenant) leads(p *person) bool {
	return p.want.Title == "Chief Executive Officer" || slices.ContainsFunc(departments(), func(d department) bool {
		return slices.Contains(d.titles[:2], p.want.Title)
	})
}

func (t *tenant) addProject(i int) {
	names := projects()
	n := names[i%len(names)]
	if i >= len(names) {
		n = fmt.Sprintf("%s %d", n, i/len(names)+1)
	}
	g := t.addTeam(n, nil)
	for range min(3+t.rng.IntN(10), len(t.people)) {
		g.members[pick(t.rng, t.people)] = true
	}
}

func (t *tenant) addTeam(name string, rule func(*person) bool) *team {
	if t.dialect == Okta {
		name = "App: " + name
	}
	g := &team{key: len(t.teams), name: name, externalID: t.newID(), rule: rule, members: map[*person]bool{}, sent: map[*person]bool{}}
	t.teams = append(t.teams, g)
	return g
}

// desired lists who belongs to a group now and can be named to the server.
func (t *tenant) desired(g *team) map[*person]bool {
	want := map[*person]bool{}
	for _, p := range t.people {
		if p.want.Active && p.id != "" && (g.rule != nil && g.rule(p) || g.members[p]) {
			want[p] = true
		}
	}
	return want
}

func (t *tenant) here() []*person {
	return slices.DeleteFunc(slices.Clone(t.people), func(p *person) bool { return !p.want.Active })
}

// missing lists, in order, who is in a and not in b.
func missing(a, b map[*person]bool) []*person {
	var list []*person
	for p := range a {
		if !b[p] {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(x, y *person) int { return x.key - y.key })
	return list
}
