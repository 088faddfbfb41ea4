package page

import (
	"github.com/a-h/templ"

	"muster/views/layout"
	"muster/views/ui"
)

// OverviewModel answers what is in charge, whether it is healthy, and what is next.
type OverviewModel struct {
	Chrome  layout.Chrome
	Method  string // word of the method in charge
	Name    string // its name, or that none was chosen
	Chosen  bool   // a method was chosen
	Facts   []ui.KVModel
	Health  HealthModel
	Waiting string // what a running set-up waits for
	Stats   []ui.StatModel
	Chart   ui.BarsModel
	Needs   []NeedModel
	Checks  []ui.CheckItem // empty once all are done
	Done    int
}

// HealthModel is how provisioning is doing, with the reason and the next step.
type HealthModel struct {
	Tone ui.Tone
	Word string
	Text string
	Next string
	Link *ui.Link
}

// NeedModel is one thing that needs attention, most urgent first.
type NeedModel struct {
	Tone  ui.Tone
	Icon  string
	Title string
	Text  string
	Link  ui.Link
	Badge templ.Component
}
