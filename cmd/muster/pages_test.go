package main

import (
	"net/http"
	"testing"

	"muster/views/ui/uitest"
)

// view is one page in one state.
type view struct {
	name   string
	path   string
	status int64             // 0 is 200
	who    *http.Cookie      // nil is nobody
	act    func(*uitest.Tab) // what leads from the address to the state
	see    string            // words that prove the state
	full   bool              // accessibility is checked in every theme and width, not in one of each
}

// pages opens every page in every state, at both widths, light and dark.
func pages(t *testing.T, b *uitest.Browser) {
	f := newFull(t)
	show(t, b, f.world, fullViews(f))
	show(t, b, f.world, attributeViews(f))
	show(t, b, f.world, attributeMappingViews(f))
	show(t, b, f.world, queueViews(f))
	held := heldWorld(t)
	show(t, b, held, heldViews(held))
	attach := attachWorld(t)
	show(t, b, attach, attachViews(attach))
	show(t, b, f.world, ruleViews(f))
	show(t, b, f.world, errorViews(f))
	empty := owned(t)
	show(t, b, empty, emptyViews(empty.signIn(ownerEmail)))
	waiting := owned(t)
	show(t, b, waiting, waitingViews(t, waiting))
	fresh := newWorld(t)
	show(t, b, fresh, freshViews(t, fresh))
	t.Run("error inside", func(t *testing.T) { brokenView(t, b) })
	t.Run("links", func(t *testing.T) { everyLink(t, f) })
}

func show(t *testing.T, b *uitest.Browser, w *world, list []view) {
	t.Helper()
	seats := map[*http.Cookie]*uitest.Browser{}
	for _, v := range list {
		if seats[v.who] == nil {
			seats[v.who] = b.Apart(t)
		}
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			v.check(t, w.sit(t, seats[v.who], v.who))
		})
	}
}

// look is a theme and a width. Contrast takes most of the time of all rules and depends on
// the theme, the others on the width: so the dark looks are checked for contrast alone, and
// the narrow light one for all but that.
type look struct {
	theme string
	width int64
	name  string
	rules func(*uitest.Tab)
	full  bool // of full states only
}

var looks = []look{
	{"light", 1440, "light-1440", (*uitest.Tab).Axe, false},
	{"dark", 1440, "dark-1440", (*uitest.Tab).Contrast, true},
	{"light", 390, "light-390", (*uitest.Tab).Structure, true},
	{"dark", 390, "dark-390", (*uitest.Tab).Contrast, false},
}

func (v view) check(t *testing.T, p *uitest.Tab) {
	p.Theme("light")
	status := v.status
	if status == 0 {
		status = http.StatusOK
	}
	if v.act == nil {
		p.OpenStatus(v.path, status)
	} else {
		p.Open(v.path)
		v.act(p)
	}
	if v.see != "" {
		p.See(v.see)
	}
	for n, l := range looks {
		p.Size(l.width)
		p.Theme(l.theme)
		if n == 0 {
			p.Sound()
		} else {
			p.Overflow()
		}
		if !l.full || v.full {
			l.rules(p)
		}
		p.Shot(v.name + "-" + l.name)
		p.Quiet()
		if t.Failed() {
			t.Logf("at %s", l.name)
		}
	}
}
