package entra_test

import (
	"net/http"
	"testing"
	"time"

	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
	"muster/models/source/sourcetest"
)

func TestSuite(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
		b := newBench(t, entratest.Options{PageSize: 5, MembersPart: 3, ListPage: 4})
		return sourcetest.Subject{
			Directory: tenant{b.graph},
			Connect: func(t *testing.T) sourcetest.Connector {
				t.Helper()
				c, err := entra.New(b.options(func(o *entra.Options) { o.Limits.Timeout = 500 * time.Millisecond }))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = c.Close() })
				return c
			},
			Secrets: []string{entratest.ClientSecret, "canary-token"},
			Log:     b.log.String,
		}
	})
}

// tenant is a fake Graph as the suite changes it.
type tenant struct{ *entratest.Graph }

func (d tenant) AddUser(name string) string {
	return d.Graph.AddUser(entratest.Props{"userPrincipalName": name, "displayName": name, "mail": name})
}

func (d tenant) Rename(id, name string) {
	d.EditUser(id, entratest.Props{"userPrincipalName": name, "mail": name})
}

func (d tenant) SetTitle(id, title string) {
	if title == "" {
		d.EditUser(id, entratest.Props{"jobTitle": nil})
		return
	}
	d.EditUser(id, entratest.Props{"jobTitle": title})
}

func (d tenant) RemoveUser(id string) { d.Graph.RemoveUser(id, false) }

func (d tenant) AddGroup(name string) string {
	return d.Graph.AddGroup(entratest.Props{"displayName": name})
}

func (d tenant) RenameGroup(id, name string) {
	d.EditGroup(id, entratest.Props{"displayName": name})
}

func (d tenant) RemoveGroup(id string) { d.Graph.RemoveGroup(id, true) }

func (d tenant) State() sourcetest.State { return stateOf(d.Graph) }

func stateOf(g *entratest.Graph) sourcetest.State {
	s := sourcetest.State{Users: map[string]sourcetest.User{}, Groups: map[string]string{}, Members: map[[2]string]bool{}}
	for id, p := range g.Users() {
		name, _ := p["userPrincipalName"].(string)
		title, _ := p["jobTitle"].(string)
		s.Users[id] = sourcetest.User{Name: name, Title: title, Enabled: p["accountEnabled"] == true, Manager: g.Manager(id)}
	}
	for id, p := range g.Groups() {
		name, _ := p["displayName"].(string)
		s.Groups[id] = name
		for _, member := range g.Members(id) {
			s.Members[[2]string{id, member}] = true
		}
	}
	return s
}

func (d tenant) Break(fault sourcetest.Fault) {
	alter := map[sourcetest.Fault]func(*http.Request, *entratest.Answer){
		sourcetest.Refusing: entratest.Status(http.StatusForbidden),
		sourcetest.Empty:    entratest.Finished,
		sourcetest.Cut:      entratest.Cut,
		sourcetest.Hanging:  entratest.Slow(time.Minute),
	}[fault]
	d.Inject(entratest.Fault{Times: -1, Alter: alter})
}

var _ sourcetest.Directory = tenant{}
