package page

import (
	"time"

	"muster/views/layout"
	"muster/views/ui"
)

// LogsModel is the provisioning log: filters, facets, chart, rows, and the chosen
// entry beside them.
type LogsModel struct {
	Chrome   layout.Chrome
	Tabs     []ui.TabModel
	Filter   LogFilterModel
	Pins     []LogPinModel // filters that came by a link, such as one cycle
	Statuses []ui.TabModel
	Actions  []ui.TabModel
	Chart    ui.BarsModel
	Partial  string // says that a search shows the entries of some whom it names only
	Rows     []LogRowModel
	Pager    ui.PagerModel
	Tail     ui.TailModel // without Stream the list cannot grow: a closed range, a later page
	CSV      string
	JSONL    string
	Empty    ui.EmptyModel
	EmptyDo  []ui.Link
	Entry    *LogEntryModel // the chosen one
}

// LogFilterModel is the filter form. Custom shows the two ends of a range.
type LogFilterModel struct {
	Bar        ui.FilterModel
	Action     string
	Status     string
	Initiator  string
	Range      string
	Custom     bool
	From, To   string
	Actions    []ui.Option
	Statuses   []ui.Option
	Initiators []ui.Option
	Ranges     []ui.Option
}

// LogPinModel is a filter that has no control of its own, with the way to drop it.
type LogPinModel struct {
	Label string
	Clear string
}

// LogRowModel is one decision. Panel is the list with this entry opened beside it.
type LogRowModel struct {
	ID        string
	Href      string
	Panel     string
	At, Now   time.Time
	Action    string
	Status    string
	Target    string
	Summary   string
	Source    string
	Initiator string
	Took      string
	Chosen    bool
	Narrow    bool // beside the panel: without source and initiator, which it shows
}

// Failed tells whether the row is tinted.
func (r LogRowModel) Failed() bool { return r.Status == "failure" }

func (r LogRowModel) current() string {
	if r.Chosen {
		return "true"
	}
	return "false"
}

// LogEntryModel is one decision, whole: on its own page and in the panel.
type LogEntryModel struct {
	Chrome    layout.Chrome
	Tabs      []ui.TabModel
	ID        string
	Title     string // the outcome as a sentence
	Short     string // "Update of a user"
	Kind      string // the same with the moment
	At, Now   time.Time
	Status    string
	Fix       *LogFixModel
	Steps     []ui.TraceStep
	Modified  []ui.DiffRow
	Notes     []string
	Facts     []ui.KVModel
	Copies    []ui.CopyModel
	Links     []ui.Link
	Request   *RequestModel
	NoRequest string // why there is none, as a sentence
	Newer     string // neighbours of the same target
	Older     string
	Close     string // panel: the list without it
	Permanent string
}

// LogFixModel is what to do about a failure, skip or warning.
type LogFixModel struct {
	Tone  ui.Tone
	Code  string
	Title string
	Text  string // what happened and what to do
	Link  *ui.Link
}

// RequestsModel is the list of SCIM requests.
type RequestsModel struct {
	Chrome layout.Chrome
	Tabs   []ui.TabModel
	Bar    ui.FilterModel
	Status string
	Token  string
	Range  string
	Tokens []ui.Option
	Ranges []ui.Option
	Rows   []RequestRowModel
	Pager  ui.PagerModel
	Empty  ui.EmptyModel
	Do     []ui.Link
}

// RequestRowModel is one SCIM request of the list.
type RequestRowModel struct {
	Href     string
	At, Now  time.Time
	Method   string
	Path     string
	Status   string
	ScimType string
	Tone     ui.Tone
	Token    string
	Client   string
	Address  string
	Took     string
	Failed   bool
}

// RequestModel is one SCIM request with its answer.
type RequestModel struct {
	Chrome       layout.Chrome
	ID           string
	Href         string
	Line         string // method and path
	Status       string
	Tone         ui.Tone
	Facts        []ui.KVModel
	RequestBody  string
	ResponseBody string
	Notes        []string
	Entries      string // the log entries it caused
	At, Now      time.Time
}
