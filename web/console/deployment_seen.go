package console

import (
	"strconv"

	"muster/models"
	"muster/views/ui"
)

// seenFigures are the figures a stale preview compares, with their words.
var seenFigures = []struct {
	field, words string
	of           func(models.ChangeCounts) int64
}{
	{"seen_users", "users that become manual", func(n models.ChangeCounts) int64 { return n.UsersToManual }},
	{"seen_groups", "groups that become manual", func(n models.ChangeCounts) int64 { return n.GroupsToManual }},
	{"seen_return", "users that return", func(n models.ChangeCounts) int64 { return n.UsersReturn }},
	{"seen_groups_return", "groups that return", func(n models.ChangeCounts) int64 { return n.GroupsReturn }},
	{"seen_touched", "users changed since", func(n models.ChangeCounts) int64 { return n.UsersTouched }},
	{"seen_groups_touched", "groups changed since", func(n models.ChangeCounts) int64 { return n.GroupsTouched }},
	{"seen_unchanged", "users that stay as they are", func(n models.ChangeCounts) int64 { return n.UsersUnchanged }},
	{"seen_inactive", "inactive users", func(n models.ChangeCounts) int64 { return n.Inactive }},
	{"seen_preserved", "preserved users", func(n models.ChangeCounts) int64 { return n.Preserved }},
	{"seen_parked", "tokens parked", func(n models.ChangeCounts) int64 { return n.TokensParked }},
	{"seen_revoked", "tokens deleted", func(n models.ChangeCounts) int64 { return n.TokensRevoked }},
	{"seen_opened", "shadow tokens that count from now on", func(n models.ChangeCounts) int64 { return n.TokensOpened }},
	{"seen_woken", "tokens that work again", func(n models.ChangeCounts) int64 { return n.TokensWoken }},
	{"seen_rules_parked", "mappings parked", func(n models.ChangeCounts) int64 { return n.RulesParked }},
	{"seen_rules_deleted", "mappings deleted", func(n models.ChangeCounts) int64 { return n.RulesDeleted }},
	{"seen_rules_woken", "kept mappings that work again", func(n models.ChangeCounts) int64 { return n.RulesWoken }},
	{"seen_queue", "open decisions that are closed", func(n models.ChangeCounts) int64 { return n.QueueClosed }},
	{"seen_held", "held removals that are dropped", func(n models.ChangeCounts) int64 { return n.HeldDropped }},
}

// seen are the figures as hidden fields of a confirmation.
func seen(n models.ChangeCounts) []ui.Option {
	list := make([]ui.Option, len(seenFigures))
	for i, s := range seenFigures {
		list[i] = ui.Option{Label: s.field, Value: strconv.FormatInt(s.of(n), 10)}
	}
	return list
}

// difference compares the figures of the confirmed preview with those of now.
func difference(then map[string]string, now models.ChangeCounts) []ui.DiffRow {
	var out []ui.DiffRow
	for _, s := range seenFigures {
		was, err := strconv.ParseInt(then[s.field], 10, 64)
		if is := s.of(now); err == nil && was != is {
			out = append(out, ui.DiffRow{Name: s.words, Old: ui.Count(was), New: ui.Count(is)})
		}
	}
	return out
}
