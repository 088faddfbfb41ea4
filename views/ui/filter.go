package ui

// FilterModel is a search and filter form that sends GET, so every result is
// a URL. The children are FilterSelects.
type FilterModel struct {
	Action      string
	Label       string // of the search box: "Search users"
	Name        string // "q" when empty
	Value       string
	Placeholder string
	Hidden      []Option // kept parameters: Value by Label
	Clear       string   // URL without filters; empty when nothing is filtered
	NoSearch    bool
}

func (m FilterModel) name() string {
	if m.Name == "" {
		return "q"
	}
	return m.Name
}
