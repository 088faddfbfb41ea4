package ui

// CopyModel is a read-only value with a Copy button.
type CopyModel struct {
	Label   string
	Value   string
	ID      string // unique in the page
	Hint    string
	Primary bool // the button is the page's main action
	Plain   bool // value is words, not a machine value
	Small   bool // label for screen readers only, compact
}
