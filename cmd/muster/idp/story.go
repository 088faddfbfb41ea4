package idp

// story turns the tenant's life into changes, cycle after cycle. Shares are
// kept over the cycles, so that a small tenant too sees each kind in time, and
// are low enough that an hour of cycles stays below a guard of a fifth.
type story struct {
	t     *tenant
	carry map[string]float64
	cycle int
}

// budget says how many changes of a kind this cycle gets: a share of people,
// and at least one in the kind's first cycle.
func (s *story) budget(kind string, share float64) int {
	kept, seen := s.carry[kind]
	kept += share * float64(len(s.t.people))
	n := int(kept)
	if !seen && n == 0 {
		n, kept = 1, 1
	}
	s.carry[kind] = kept - float64(n)
	return n
}

// advance lets one cycle's worth of life happen. The first cycle finds the
// tenant as it was founded.
func (s *story) advance() {
	s.cycle++
	if s.cycle == 1 {
		return
	}
	s.some("edits", 0.01, s.edit)
	s.some("movers", 0.015, s.move)
	s.some("renames", 0.003, s.marry)
	if s.cycle > 2 {
		s.absent("returners", 0.002, func(p *person) bool { return s.cycle-p.left >= 1 }, s.comeBack)
	}
	if s.cycle > 3 && s.t.dialect == Entra {
		s.absent("purges", 0.003, func(p *person) bool { return s.cycle-p.left >= 2 }, func(p *person) { p.purged = true })
	}
	s.some("leavers", 0.006, s.leave)
	for range s.budget("joiners", 0.01) {
		s.t.hire()
	}
	s.reorganise()
}

// some applies a change to people who are here, never to the chief executive.
func (s *story) some(kind string, share float64, change func(*person)) {
	here := s.t.here()
	n := s.budget(kind, share)
	if len(here) < 4 {
		return
	}
	for range n {
		if p := here[1+s.t.rng.IntN(len(here)-1)]; p.want.Active {
			change(p)
		}
	}
}

func (s *story) absent(kind string, share float64, may func(*person) bool, change func(*person)) {
	var away []*person
	for _, p := range s.t.people {
		if p.left > 0 && !p.purged && p.id != "" && may(p) {
			away = append(away, p)
		}
	}
	n := s.budget(kind, share)
	for range min(n, len(away)) {
		if p := pick(s.t.rng, away); p.left > 0 && !p.purged {
			change(p)
		}
	}
}

func (s *story) edit(p *person) {
	switch s.t.rng.IntN(4) {
	case 0:
		p.want.Title = pick(s.t.rng, []string{"Specialist", "Programme Manager", "Analyst", "Chargé d'affaires", "Coordinator (part-time)"})
	case 1:
		p.want.MobilePhone = p.office.mobile + pick(s.t.rng, []string{"101", "145", "178", "190"})
	case 2:
		p.want.MobilePhone = ""
	default:
		p.want.CostCenter = pick(s.t.rng, []string{"4100", "4110", "4120", "2150"})
	}
}

// move changes department, title and manager, and now and then the office.
func (s *story) move(p *person) {
	if p.external || s.t.leads(p) {
		s.edit(p)
		return
	}
	s.t.join(p, pick(s.t.rng, departments()))
	if s.t.rng.IntN(2) == 0 {
		p.office = pick(s.t.rng, offices())
		p.want.Locality, p.want.Country, p.want.Language = p.office.city, p.office.country, p.office.language
	}
	if s.t.rng.IntN(6) == 0 {
		p.boss = nil // human resources have not said yet
	}
}

// marry changes the surname, and with it sign-in name and address.
func (s *story) marry(p *person) {
	r := s.t.regions[pick(s.t.rng, p.office.regions)]
	s.t.rename(p, p.given, pick(s.t.rng, r.family))
}

// leave ends an account; the reports get the manager above. Groups follow.
func (s *story) leave(p *person) {
	p.want.Active, p.left = false, s.cycle
	for _, q := range s.t.people {
		if q.boss == p && q.want.Active {
			q.boss = s.t.above(q)
		}
	}
}

func (s *story) comeBack(p *person) {
	p.want.Active, p.left, p.returned = true, 0, true
	p.boss = s.t.above(p)
}

// reorganise renames, founds, ends and reshuffles the groups kept by hand.
func (s *story) reorganise() {
	var own []*team
	for _, g := range s.t.teams {
		if g.rule == nil && !g.ended {
			own = append(own, g)
		}
	}
	if len(own) == 0 {
		return
	}
	here := s.t.here()
	for range 3 {
		g, p := pick(s.t.rng, own), pick(s.t.rng, here)
		if g.members[p] {
			delete(g.members, p)
		} else {
			g.members[p] = true
		}
	}
	switch s.cycle % 3 {
	case 2:
		pick(s.t.rng, own).name += " " + pick(s.t.rng, []string{"(EMEA)", "2.0", "– neu", "& friends"})
		s.t.addProject(len(s.t.teams))
	case 0:
		if len(own) > 2 {
			pick(s.t.rng, own).ended = true
		}
	case 1:
		clear(pick(s.t.rng, own).members)
	}
}
