package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"muster/models/source"
)

// stage is which list a read is in.
type stage string

const (
	usersStage  stage = "users"
	groupsStage stage = "groups"
)

// place is what a cursor holds: Graph's links, whole, and how far the read has come.
type place struct {
	Key    string `json:"k"` // what was asked for: another selection needs another read
	Full   bool   `json:"f,omitempty"`
	Stage  stage  `json:"s,omitempty"` // "" between two reads
	Link   string `json:"l,omitempty"` // the next page of the stage; "" for its first
	Users  string `json:"u,omitempty"` // deltaLinks: of the last read, or of this one once the stage is over
	Groups string `json:"g,omitempty"`

	Started int64 `json:"t"` // of the read, in seconds
	Pages   int   `json:"p,omitempty"`
	Seen    seen  `json:"n"`
}

// seen counts what came.
type seen struct {
	Users   int `json:"u,omitempty"`
	Groups  int `json:"g,omitempty"`
	Removed int `json:"r,omitempty"`
	Members int `json:"m,omitempty"`
}

// life is how long Graph keeps what a delta of users and groups needs.
const life = 7 * 24 * time.Hour

// cursorMost bounds a cursor, which holds at most three links.
const cursorMost = 64 << 10

func (p place) cursor() source.Cursor {
	text, err := json.Marshal(p) // plain fields never fail
	if err != nil {
		return ""
	}
	return source.Cursor(base64.RawURLEncoding.EncodeToString(text))
}

// key names what is read: a cursor is of use for the same tenant, cloud and selection
// alone.
func (c *Connector) key() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		"1", strings.ToLower(c.settings.Tenant), strings.ToLower(c.settings.ClientID), c.graph.to.graph,
		c.users.forDelta(), c.groups.forDelta(),
	}, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// begin finds where a read starts.
func (c *Connector) begin(from source.Cursor) (place, error) {
	now := c.now()
	if from == "" {
		return place{Key: c.key(), Full: true, Stage: usersStage, Started: now.Unix()}, nil
	}
	p, ok := readCursor(from)
	switch {
	case !ok:
		return place{}, resync("The place where the last read ended cannot be read.")
	case p.Key != c.key():
		return place{}, resync("Other attributes, or another tenant, are read than the last time.")
	case now.Sub(time.Unix(p.Started, 0)) > life:
		return place{}, resync("The last read is more than seven days ago, for which Microsoft Graph keeps no changes.")
	}
	if p.Stage == "" {
		p = place{Key: p.Key, Stage: usersStage, Link: p.Users, Groups: p.Groups, Started: now.Unix()}
	}
	return p, nil
}

func readCursor(from source.Cursor) (place, bool) {
	var p place
	if len(from) > cursorMost {
		return p, false
	}
	text, err := base64.RawURLEncoding.DecodeString(string(from))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return p, false
	}
	switch p.Stage {
	case "":
		return p, p.Users != "" && p.Groups != ""
	case usersStage:
		return p, p.Full || p.Link != "" && p.Groups != ""
	case groupsStage:
		return p, p.Users != "" && (p.Full || p.Link != "")
	}
	return p, false
}

func resync(why string) error {
	return &source.Failure{
		Code: source.ResyncNeeded, Msg: why,
		Advice: "A full read follows by itself. Nothing is concluded until it is complete.",
	}
}
