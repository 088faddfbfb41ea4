package store

import (
	"maps"
	"slices"

	"muster/models"
)

// pending is what a transaction still has to write when its changes are done: log
// entries and sums. On SQLite many changes share one transaction, and so one
// statement each.
type pending struct {
	tallies map[tallyKey]int64
	cycles  map[int64]cycleSum
	entries []models.LogEntry
	shown   []int64 // users whom SCIM shows since, or does not any more
}

// cycleSum is what is added to a running cycle.
type cycleSum struct {
	seen models.Time
	sum  models.Cycle
}

func (p *pending) tally(k tallyKey, n int64) {
	if p.tallies == nil {
		p.tallies = map[tallyKey]int64{}
	}
	p.tallies[k] += n
}

func (p *pending) cycle(key int64, c cycleSum) {
	if p.cycles == nil {
		p.cycles = map[int64]cycleSum{}
	}
	have := p.cycles[key]
	have.seen = max(have.seen, c.seen)
	have.sum.Requests += c.sum.Requests
	have.sum.Created += c.sum.Created
	have.sum.Updated += c.sum.Updated
	have.sum.Removed += c.sum.Removed
	have.sum.Skipped += c.sum.Skipped
	have.sum.Failed += c.sum.Failed
	p.cycles[key] = have
}

// add takes over what another transaction has to write.
func (p *pending) add(more pending) {
	p.entries = append(p.entries, more.entries...)
	p.shown = append(p.shown, more.shown...)
	for k, n := range more.tallies {
		p.tally(k, n)
	}
	for key, c := range more.cycles {
		p.cycle(key, c)
	}
}

// logged keeps the entries of a change that was not refused.
func (tx *Tx) logged(entries []models.LogEntry, err error) error {
	if err != nil {
		return err
	}
	return tx.appendLog(entries)
}

// flush writes what is pending, in the order of keys, so that two PostgreSQL
// transactions never wait for each other crosswise.
func (tx *Tx) flush(p pending) error {
	if err := tx.moveGroupsOf(p.shown); err != nil {
		return err
	}
	if err := insertAll(tx, p.entries, "write the provisioning log"); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(p.cycles)) {
		if err := tx.addToCycle(key, p.cycles[key]); err != nil {
			return err
		}
	}
	return tx.flushTallies(p.tallies)
}

// orgs are the organizations as they were last read. On SQLite the writer is the only
// one in this program who changes them, and it sees when another program wrote. On
// PostgreSQL each batch holds what the one before it knew against the database; see
// ShareOrganization.
type orgs struct {
	known    map[int64]models.Organization
	versions map[int64]string // of the row of an organization, on PostgreSQL
	queued   map[int64]bool   // whether the organization has open items in its queue
	terms    map[int64]terms
	before   map[int64]assumption
}

// assumption is what a batch knew of an organization.
type assumption struct {
	org     models.Organization
	version string
	queued  bool
	terms   terms // nil when nobody asked
}

func (o *orgs) find(key int64) (models.Organization, bool) {
	if o == nil {
		return models.Organization{}, false
	}
	org, ok := o.known[key]
	return org, ok
}

func (o *orgs) keep(org models.Organization, version string, queued bool) {
	if o == nil {
		return
	}
	if o.known == nil {
		o.known, o.versions = map[int64]models.Organization{}, map[int64]string{}
	}
	o.known[org.Key], o.versions[org.Key] = org, version
	o.keepQueued(org.Key, queued)
}

// assume makes of what is known an assumption, which is to be held against the database
// before anything is decided by it for good.
func (o *orgs) assume() {
	before := make(map[int64]assumption, len(o.known))
	for key, org := range o.known {
		if queued, asked := o.queued[key]; asked && o.versions[key] != "" {
			before[key] = assumption{org, o.versions[key], queued, o.terms[key]}
		}
	}
	o.forget()
	o.before = before
}

// adopt makes an assumption known.
func (o *orgs) adopt(a assumption) {
	o.keep(a.org, a.version, a.queued)
	if a.terms != nil {
		o.keepTerms(a.org.Key, a.terms)
	}
}

func (o *orgs) forget() {
	if o != nil {
		clear(o.known)
		clear(o.versions)
		clear(o.queued)
		clear(o.terms)
		clear(o.before)
	}
}

func (o *orgs) anyQueued(organization int64) (some, known bool) {
	if o == nil {
		return false, false
	}
	some, known = o.queued[organization]
	return some, known
}

func (o *orgs) keepQueued(organization int64, some bool) {
	if o == nil {
		return
	}
	if o.queued == nil {
		o.queued = map[int64]bool{}
	}
	o.queued[organization] = some
}

// queueMoved lets the next change look at the queue again.
func (o *orgs) queueMoved(organization int64) {
	if o != nil {
		delete(o.queued, organization)
	}
}
