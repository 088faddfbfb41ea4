package load

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Provider sends what a directory of people sends. Names make its people differ
// from those of another.
type Provider struct {
	Name string

	mu  sync.Mutex
	ids map[int]string

	newcomers int
}

// NewProvider makes one.
func NewProvider(name string) *Provider { return &Provider{Name: name, ids: map[int]string{}} }

// UserName is the userName of one of its people.
func (p *Provider) UserName(n int) string { return fmt.Sprintf("%s%07d@contoso.example", p.Name, n) }

// FirstCycle looks one person up, finds nobody, and creates them, as Entra's first
// cycle does.
func (p *Provider) FirstCycle(c *Conn, n int) error {
	if err := p.lookup(c, n, 0); err != nil {
		return err
	}
	return p.create(c, n)
}

func (p *Provider) create(c *Conn, n int) error {
	data, err := c.Want(http.StatusCreated, http.MethodPost, "/Users", p.Person(n))
	if err != nil {
		return err
	}
	id, err := idOf(data)
	p.mu.Lock()
	p.ids[n] = id
	p.mu.Unlock()
	return err
}

func idOf(body []byte) (string, error) {
	_, rest, ok := strings.Cut(string(body), `"id":"`)
	id, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		return "", fmt.Errorf("an answer without id: %.200s", body)
	}
	return id, nil
}

// Adopt tells the provider whom the server has already.
func (p *Provider) Adopt(n int, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[n] = id
}

// People is how many persons the provider has, but for the newcomers of Mixed.
func (p *Provider) People() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ids) - p.newcomers
}

func (p *Provider) id(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids[n]
}

// Lookup asks for one of its people by userName.
func (p *Provider) Lookup(c *Conn, _ int) error {
	return p.lookup(c, rand.IntN(p.People()), 1) //nolint:gosec // spreads load
}

func (p *Provider) lookup(c *Conn, n, want int) error {
	data, err := c.Want(http.StatusOK, http.MethodGet, "/Users?filter="+url.QueryEscape(fmt.Sprintf("userName eq %q", p.UserName(n))), "")
	if err != nil {
		return err
	}
	if !strings.Contains(string(data[:min(len(data), 200)]), fmt.Sprintf(`"totalResults":%d,`, want)) {
		return fmt.Errorf("looked %s up and found %.200s", p.UserName(n), data)
	}
	return nil
}

// Patch changes one person as Entra does without its flag.
func (p *Provider) Patch(c *Conn, n int) error {
	id := p.id(rand.IntN(p.People())) //nolint:gosec // spreads load
	_, err := c.Want(http.StatusOK, http.MethodPatch, "/Users/"+id, PatchBody(n))
	return err
}

// PatchBody is a change of one person as Entra sends it without its flag.
func PatchBody(n int) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+
		`{"op":"Replace","path":"displayName","value":"Renamed %d"},{"op":"Replace","path":"active","value":"True"},`+
		`{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"D%d"}]}`, n, n)
}

// Mixed is a steady day: seven look-ups, two changes and one new person in ten.
func (p *Provider) Mixed(c *Conn, n int) error {
	switch n % 10 {
	case 3, 7:
		return p.Patch(c, n)
	case 9:
		err := p.create(c, 10_000_000+n)
		p.mu.Lock()
		p.newcomers++
		p.mu.Unlock()
		return err
	}
	return p.Lookup(c, n)
}

// Page reads a page of 100 of the list, one after the other by startIndex; people
// is how many there are.
func (p *Provider) Page(people int) Step {
	return func(c *Conn, n int) error {
		start := n*100%max(people-99, 1) + 1
		data, err := c.Want(http.StatusOK, http.MethodGet, fmt.Sprintf("/Users?startIndex=%d&count=100", start), "")
		if err == nil && strings.Count(string(data), `"userName":`) != min(100, people) {
			err = fmt.Errorf("a page from %d holds %d people", start, strings.Count(string(data), `"userName":`))
		}
		return err
	}
}

// Group makes a group and gives its id.
func (p *Provider) Group(c *Conn, name string) (string, error) {
	data, err := c.Want(http.StatusCreated, http.MethodPost, "/Groups",
		fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":%q,"members":[]}`, p.Name+name))
	if err != nil {
		return "", err
	}
	return idOf(data)
}

// Fill adds members to a group in requests of a thousand.
func (p *Provider) Fill(c *Conn, group string, from, to int) error {
	for from < to {
		end := min(from+1000, to)
		list := make([]string, 0, end-from)
		for n := from; n < end; n++ {
			list = append(list, `{"value":"`+p.id(n)+`"}`)
		}
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[` + strings.Join(list, ",") + `]}]}`
		if _, err := c.Want(http.StatusNoContent, http.MethodPatch, "/Groups/"+group, body); err != nil {
			return err
		}
		from = end
	}
	return nil
}

// Member adds one person to a group and takes them out again with the next unit.
func (p *Provider) Member(group string, person int) Step {
	return func(c *Conn, n int) error {
		op := [...]string{"Add", "Remove"}[n%2]
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":"members","value":[{"$ref":null,"value":%q}]}]}`, op, p.id(person))
		_, err := c.Want(http.StatusNoContent, http.MethodPatch, "/Groups/"+group, body)
		return err
	}
}

// Person is what Entra sends for one of its people: about 900 bytes.
func (p *Provider) Person(n int) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
		`"externalId":"%s-%07d","userName":%q,"active":true,"displayName":"Person %d Contoso",`+
		`"emails":[{"primary":true,"type":"work","value":%q}],"meta":{"resourceType":"User"},`+
		`"name":{"formatted":"Given%d Family%d","familyName":"Family%d","givenName":"Given%d"},"title":"Engineer %d",`+
		`"preferredLanguage":"en-US","phoneNumbers":[{"type":"work","value":"+1 555 %07d"},{"type":"mobile","value":"+1 556 %07d"}],`+
		`"addresses":[{"type":"work","streetAddress":"%d Main Street","locality":"Redmond","region":"WA","postalCode":"98052","country":"US"}],`+
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%s%07d","department":"Department %d","costCenter":"C%d"}}`,
		p.Name, n, p.UserName(n), n, p.UserName(n), n%1000, n%5000, n%5000, n%1000, n%20, n, n, n, p.Name, n, n%50, n%90)
}
