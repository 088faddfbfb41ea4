package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"muster/models"
)

// memory holds the tokens and organizations that requests ask for again and again.
// The database counts their changes: what is remembered holds only while the count
// is the same, so that a token revoked by any instance is refused by all of them
// with the next request.
type memory struct {
	mu       sync.RWMutex
	count    int64
	tokens   map[string]models.Token
	orgs     map[int64]models.Organization
	computes map[int64][]models.AttributeMapping // by organization
}

const (
	changeCount = "changes" // name of the count in the table of the instance
	memoryMost  = 10_000
)

// recall looks up under the count that the database gives now.
func recall[K comparable, T any](m *memory, count int64, from func(*memory) map[K]T, key K) (T, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var none T
	if m.count != count {
		return none, false
	}
	v, ok := from(m)[key]
	return v, ok
}

// keep remembers what was read after the count was.
func (m *memory) keep(count int64, into func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.count != count || len(m.tokens)+len(m.orgs)+len(m.computes) >= memoryMost || m.tokens == nil {
		m.count, m.tokens, m.orgs = count, map[string]models.Token{}, map[int64]models.Organization{}
		m.computes = map[int64][]models.AttributeMapping{}
	}
	into()
}

// changes counts the changes to tokens and organizations. It goes past GORM: it is
// asked with every request, and has no model.
func (s *Store) changes(ctx context.Context) (int64, error) {
	pool, err := s.reads.DB()
	if err != nil {
		return 0, fmt.Errorf("reach the database: %w", err)
	}
	if s.engine == sqliteEngine {
		ctx = context.WithoutCancel(ctx) // see read
	}
	var n int64
	err = pool.QueryRowContext(ctx, "SELECT CAST(value AS BIGINT) FROM instance WHERE name = '"+changeCount+"'").Scan(&n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the count of changes: %w", classify(err))
	}
	return n, nil
}

// countedChanges asks for the count, and gives 0 before the first.
const countedChanges = "SELECT coalesce(max(CAST(value AS BIGINT)), 0) FROM instance WHERE name = '" + changeCount + "'"

// countPast moves the count beyond both the one that was and the one that came with other
// data. It never goes back: a server would find what it remembers under it to be right.
func countPast(was int64) string {
	next := strconv.FormatInt(was+1, 10)
	return "INSERT INTO instance (name, value) VALUES ('" + changeCount + "', '" + next + "') ON CONFLICT (name) DO UPDATE SET value = " +
		"CASE WHEN CAST(instance.value AS BIGINT) < " + next + " THEN '" + next + "' ELSE CAST(CAST(instance.value AS BIGINT) + 1 AS TEXT) END"
}

// moveChanges says that a token or an organization changed.
func (tx *Tx) moveChanges() error {
	tx.orgs.forget()
	err := tx.q(tx.ctx).Exec(`INSERT INTO instance (name, value) VALUES (?, '1')
		ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(instance.value AS BIGINT) + 1 AS TEXT)`, changeCount).Error
	if err != nil {
		return fmt.Errorf("count a change: %w", classify(err))
	}
	return nil
}

// TokenByHash gives the token of a secret's hash, whatever its state, as it is now;
// only when it was last used may be old.
func (s *Store) TokenByHash(ctx context.Context, hash string) (models.Token, error) {
	count, err := s.changes(ctx)
	if err != nil {
		return models.Token{}, err
	}
	if t, ok := recall(&s.memory, count, func(m *memory) map[string]models.Token { return m.tokens }, hash); ok {
		return t, nil
	}
	t, err := s.Reader.TokenByHash(ctx, hash)
	if err == nil {
		t.Seen = count
		s.memory.keep(count, func() { s.memory.tokens[hash] = t })
	}
	return t, err
}

// OrganizationSeen gives an organization as it was at a count of changes that the
// same request has read already, which spares asking for the count again.
func (s *Store) OrganizationSeen(ctx context.Context, key, seen int64) (models.Organization, error) {
	if seen != 0 {
		if o, ok := recall(&s.memory, seen, func(m *memory) map[int64]models.Organization { return m.orgs }, key); ok {
			return o, nil
		}
	}
	return s.Organization(ctx, key)
}

// Organization gives an organization by its key.
func (s *Store) Organization(ctx context.Context, key int64) (models.Organization, error) {
	count, err := s.changes(ctx)
	if err != nil {
		return models.Organization{}, err
	}
	if o, ok := recall(&s.memory, count, func(m *memory) map[int64]models.Organization { return m.orgs }, key); ok {
		return o, nil
	}
	o, err := s.Reader.Organization(ctx, key)
	if err == nil {
		s.memory.keep(count, func() { s.memory.orgs[key] = o })
	}
	return o, err
}
