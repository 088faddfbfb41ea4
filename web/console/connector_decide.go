package console

import (
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// planAnswers are the ways to decide.
func planAnswers(x models.Cycle) []page.PlanAnswer {
	action, hidden := cyclePath(x)+"/plan", []ui.Option{{Label: "version", Value: x.Plan.Version}}
	with := func(do string) []ui.Option { return append([]ui.Option{{Label: "do", Value: do}}, hidden...) }
	if x.State == models.CycleHeld {
		n, end, ends := planLoss(x.Plan)
		return []page.PlanAnswer{
			{Title: "It is a mistake", Confirm: ui.ConfirmModel{
				Consequence: "The removals are dropped: " + n + " stay as they are. Everything else in the plan is carried out.", Stays: "If Entra asks for the same removals again, the guard decides anew.",
				Action: action, Label: "Keep " + n, Cancel: "Decide later", CancelHref: entraPath, Harmless: true, Hidden: with("reject"),
			}},
			{
				Title: "It is meant",
				Confirm: ui.ConfirmModel{
					Consequence: n + end, Stays: "All their data stays, and they come back when Entra does or when you restore them. This holds once; the next cycle is guarded again.",
					Undo: "The cycle can be undone afterwards.", Action: action, Label: "Apply once", Cancel: "Decide later", CancelHref: entraPath, Hidden: with("approve"),
				},
				Ack: &ui.CheckboxModel{Name: "ack", Value: "1", Required: true, Label: "I understand that " + n + ends},
			},
		}
	}
	changes := ui.Plural(x.Plan.Changes(), "record", "records")
	accept := page.PlanAnswer{
		Title: "Accept", Confirm: ui.ConfirmModel{
			Consequence: "Exactly this is carried out, for " + changes + ". Should anything move until then, nothing is done and you see the new plan.",
			Stays:       "Nobody is deleted. From then on Muster reads changes by the schedule, without asking.", Undo: "The cycle can be undone afterwards.",
			Action: action, Label: "Accept and apply", Cancel: "Decide later", CancelHref: entraPath, Harmless: true, Hidden: with("accept"),
		},
	}
	if x.Plan.Removals > 0 {
		n, end, ends := planLoss(x.Plan)
		accept.Confirm.Consequence += " " + n + end
		accept.Confirm.Harmless, accept.Ack = false, &ui.CheckboxModel{Name: "ack", Value: "1", Required: true, Label: "I understand that " + n + ends}
	}
	return []page.PlanAnswer{
		accept,
		{Title: "Not like this", Confirm: ui.ConfirmModel{
			Consequence: "The preview is dropped and the connector stops. Nothing was written.", Stays: "Change scope or mappings and start again: you see a new preview.",
			Action: action, Label: "Drop the preview", Cancel: "Decide later", CancelHref: entraPath, Harmless: true, Minor: true, Hidden: with("reject"),
		}},
	}
}

// planLoss is what a plan takes away, with what becomes of it and the words to confirm
// that: users who lose access, or else memberships that end.
func planLoss(p models.CyclePlan) (n, end, ends string) {
	switch p.Removals {
	case 1:
		return "1 user", " is preserved: they may not use the application any more.", " loses access."
	case 0:
		return ui.Plural(p.Parts, "membership", "memberships"), " end: users leave groups, and what those groups give them.", " end."
	}
	return ui.Plural(p.Removals, "user", "users"), " are preserved: they may not use the application any more.", " lose access."
}

// decidePlan accepts, approves or rejects the plan that was shown.
func (k *Console) decidePlan(c echo.Context) error {
	x, err := k.cycleOf(c)
	if err != nil {
		return err
	}
	ctx, by, version := c.Request().Context(), session.Actor(c), c.FormValue("version")
	text := ""
	switch do := c.FormValue("do"); {
	case c.FormValue("ack") == "" && (do == "approve" || do == "accept" && x.Plan.Removals > 0):
		err = models.Errorf(models.Invalid, "ack", "The number was not confirmed.").WithAdvice("Tick the box that repeats it, and press again.")
	case do == "accept":
		_, err = k.Cycles.Accept(ctx, by, models.Entra, version)
		text = "Accepted. It is being carried out."
	case do == "approve":
		_, err = k.Cycles.Approve(ctx, by, models.Entra, version)
		text = "Approved once. It is being carried out."
	case do == "reject":
		_, err = k.Cycles.Reject(ctx, by, models.Entra, version)
		text = "Dropped. The users stay as they are."
	default:
		err = models.Errorf(models.Invalid, "do", "The form does not say what to do.").WithAdvice("Press one of the buttons.")
	}
	if e, ok := refusal(err); ok {
		return k.planPage(c, respond.Status(e.Kind), e)
	}
	if err != nil {
		return err
	}
	if x.State == models.CyclePreviewed && c.FormValue("do") == "accept" {
		return k.done(c, cyclePath(x), text)
	}
	return k.done(c, entraPath, text)
}

// exportPlan streams a part of the plan as CSV.
func (k *Console) exportPlan(c echo.Context) error {
	x, err := k.cycleOf(c)
	if err != nil {
		return err
	}
	by := session.Actor(c)
	f, mask := planFilterOf(c, x), logMaskFor(by)
	q := models.PlannedQuery{Kind: f.kind, What: f.what, Search: f.search, Page: models.Page{Limit: 200}}
	found, err := k.Cycles.Planned(c.Request().Context(), by.OrganizationID, models.Entra, q)
	if err != nil {
		return err
	}
	out := beginCSV(c, "plan-"+string(f.kind)+"-"+string(f.what)+".csv")
	out.Row("name", "objectId", "decision", "recognisedBy", "why", "musterId")
	for {
		for _, r := range found.Items {
			note := r.Note
			if mask.on {
				note = ""
			}
			out.Row(mask.name(f.kind, r.Name), r.Anchor, string(r.Plan), r.How, note, r.TargetID)
		}
		if found.Next == "" {
			return out.Flush()
		}
		q.Page.After = found.Next
		found, err = k.Cycles.Planned(c.Request().Context(), by.OrganizationID, models.Entra, q)
		if err != nil {
			return err // the file ends short
		}
	}
}
