package store_test

import (
	"strings"
	"testing"

	"muster/models/store/storetest"
)

// What a cycle asks again and again for single records is led by an index that holds
// little else.
func TestSourceQueriesAreLed(t *testing.T) {
	s := storetest.SQLite(t)
	for query, index := range map[string]string{
		"UPDATE source_records SET manager_due = 1 WHERE connector_id + 0 = 1 AND manager = 'x' AND manager <> '' AND target_id <> ''":                                                            "source_records_manager (manager=?",
		"UPDATE source_edges SET open = 1 WHERE connector_id + 0 = 1 AND member = 'x' AND NOT open":                                                                                               "source_edges_member (member=?",
		"UPDATE source_edges SET open = 1 WHERE connector_id + 0 = 1 AND NOT open AND member IN (SELECT value FROM json_each('[]'))":                                                              "source_edges_member (member=?",
		"SELECT * FROM source_records INDEXED BY source_records_dirty WHERE connector_id = 1 AND dirty = 1 AND (kind, anchor) > ('a', 'b') ORDER BY kind, anchor LIMIT 500":                       "source_records_dirty (",
		"SELECT * FROM source_records WHERE connector_id = 1 AND manager_due = 1 ORDER BY anchor LIMIT 200":                                                                                       "source_records_due (",
		"SELECT count(*) FROM source_records WHERE connector_id = 1 AND dirty = 1 AND kind = 'user'":                                                                                              "source_records_dirty (",
		"SELECT * FROM source_edges e INDEXED BY source_edges_open WHERE e.connector_id = 1 AND e.open = 1 AND (e.group_anchor, e.member) > ('a', 'b') ORDER BY e.group_anchor, e.member LIMIT 9": "source_edges_open (",
	} {
		plan := strings.Join(s.PlanOf(t, query), "\n")
		if !strings.Contains(plan, index) {
			t.Errorf("%s:\n%s", query, plan)
		}
	}
}
