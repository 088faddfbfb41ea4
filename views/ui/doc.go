// Package ui holds the parts that pages are made of. Each part takes one model
// struct (or a few words) and nests by children; none needs scripts, and none
// writes an inline style or script, which the content security policy forbids.
//
// # Words and marks
//
//	Icon("users")                    Lucide icon, decorative; Mark() is the brand
//	VH("text")                       text for screen readers only
//	Badge(Ok, "Healthy")             dot and word
//	StatusBadge("preserved")         status of a user or token
//	MethodBadge("scim")              provisioning mode
//	OutcomeBadge("failure")          result of a log entry
//	Pill(Error, "409")               small monospace label
//	Avatar(name), Kbd("/")           initials; a key cap
//	Time(t, now), TimeOr, Clock, Date, Number   moments and counts
//	Count, Plural, Relative, Exact, Duration, Bytes, Percent, Initials   the same as Go strings
//
// # Buttons and forms
//
//	Button(ButtonModel{…})           submits; Href, Opens, Closes, Menu change that
//	LinkButton(label, href, Primary) a link that looks like a button
//	PostButton(url, ButtonModel{…})  a one-button form; children are Hidden fields
//	Buttons() {…}                    the row at the end of a form
//	Field(FieldModel{…})             label, control, hint, error; Type picks the control
//	Checkbox, RadioCards, Fieldset, FieldRow, FormErrors, Hidden
//	FilterBar(FilterModel{…}) {…}    GET form: search box, FilterSelect, FilterDate
//	SearchBox(name, value, label, placeholder)
//	Copy(CopyModel{…})               read-only value with a Copy button
//
// A form's class is "form"; a refused form starts with FormErrors.
//
// # Structure
//
//	PageHead(PageHeadModel{…}) {…}   the <h1>, its line, the way back, buttons
//	Card(CardModel{…}) {…}           panel; Flush for tables; CardHead alone
//	Stats() { Stat(StatModel{…}) }   number tiles
//	Tabs(label, …), FacetPills(label, …)   links with counts
//	KeyValue(KVModel{…}, …)          facts
//	SettingRow(title, text) {…}, Disclosure(summary, open) {…}
//	Choices() { ChoiceCard(…) {…} }  a chooser, such as the method
//	NowAfter(now, after)             state before and after a change
//	ImpactList(…)                    counted consequences
//
// # Lists
//
//	Table(TableModel{…}) {…}         children are <tr>; every <td> has data-l;
//	                                 class "n" for numbers, "menu-col" for menus
//	Cell(label, href, sub) {…}       first cell: bold link over a grey line
//	Pager(PagerModel{…})             previous, next, position
//	EmptyState(EmptyModel{…}) {…}    instead of a table without rows
//	Tail(TailModel{…})               live tail of a list (js/tail.js)
//
// # Messages and questions
//
//	Alert(AlertModel{…}) {…}         toned bar with an action
//	Flash(FlashModel{…})             result of the last action (layout places it)
//	Waiting("…")                     pulsing dot
//	ConfirmDialog(ConfirmModel{…}) {…}  opened by ButtonModel{Opens: id}
//	ConfirmPage(ConfirmModel{…}) {…}    the same question as a page
//	Dialog(id, title) {…}, Menu(MenuModel{…})
//
// # Telling what happened
//
//	Steps(…)                         wizard steps
//	StepTrace(…)                     import, match, scope, action with their result
//	DiffTable(…)                     attribute, before, after
//	DiffList(…)                      the same in little space, a line each
//	Timeline(…, now)                 events of one record
//	Checklist(…)                     what is done, what is next
//	Sparkline, StackedBars, Progress SVG without styles; numbers also as a table
//	CodeBlock(label, text)           bodies and commands
//
// # Classes for the space between parts
//
// stack (16 px column), stack-tight (8 px), cluster (wrapping row), cols-2 and
// cols-3 (equal columns), split (main and 360 px side), split-facts (320 px
// facts and main), log-split with aside.panel (list and sticky detail).
// Helpers: muted small tiny mono num strong nowrap break truncate end
// tone-ok tone-warn tone-error tone-info wide-only phone-only vh.
package ui
