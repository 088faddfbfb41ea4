package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"muster/models"
	"muster/models/deployment"
	"muster/models/store"
)

// changeFlags are what a change and its preview are asked with.
type changeFlags struct {
	Organization string        `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
	Keep         bool          `name:"keep-mappings" aliases:"keep" help:"Keep the old method's mappings, settings and tokens, parked, instead of deleting them." default:"true" negatable:""`
	JSON         bool          `help:"Print JSON, for scripts."`
	Method       models.Method `arg:"" help:"manual, scim, entra or ldap." enum:"manual,scim,entra,ldap"`
}

type methodPlanCmd struct{ changeFlags }

// Run prints what the change would do. A blocker makes it fail, so that a script stops.
func (m *methodPlanCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withData(ctx, t, m.Organization, func(s *store.Store, o models.Organization) error {
		plan, err := deploymentsOf(s).Preview(ctx, o.Key, m.Method, m.Keep)
		if err != nil {
			return err
		}
		if err := m.show(t.Out, o, plan); err != nil {
			return err
		}
		return blocked(plan.Blockers)
	})
}

func (m *changeFlags) show(w io.Writer, o models.Organization, plan deployment.Impact) error {
	if m.JSON {
		return printJSON(w, plan)
	}
	return printPlan(w, o, plan)
}

type methodChangeCmd struct {
	changeFlags
	Yes    bool   `help:"Carry it out. Without it the preview is printed and nothing is changed."`
	Reason string `help:"Why, for the history and the audit log." placeholder:"TEXT"`
}

// Run changes the method, exactly as the preview that it prints says. The first choice
// of a method needs no consent: there is nothing that it could change.
func (m *methodChangeCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withStore(ctx, t, m.Organization, func(s *store.Store, o models.Organization) error {
		door := deploymentsOf(s)
		plan, err := door.Preview(ctx, o.Key, m.Method, m.Keep)
		if err != nil {
			return err
		}
		carry := m.Yes || plan.First
		if !carry || !m.JSON { // scripts get one document: the plan, or what was done
			if err := m.show(t.Out, o, plan); err != nil {
				return err
			}
		}
		if err := blocked(plan.Blockers); err != nil {
			return err
		}
		if !carry {
			return models.Errorf(models.Invalid, "yes", "Nothing was changed.").WithAdvice("Add --yes to carry this out.")
		}
		// Without a version: nobody reads the preview before it is carried out, and a
		// directory that goes on sending would let it never be.
		done, err := door.Change(ctx, commandLine(o), deployment.Order{Target: m.Method, Keep: m.Keep, Reason: m.Reason})
		if err != nil {
			return err
		}
		if m.JSON {
			return printJSON(t.Out, reportOf(done))
		}
		_, err = fmt.Fprintf(t.Out, "\nThe deployment method of %s was successfully changed to %s.\n", o.Name, done.To.Label())
		if done.Counts != plan.Counts {
			fmt.Fprintln(t.Out, "Users or tokens moved meanwhile; this is what was done:")
			printFigures(t.Out, done.Counts)
		}
		return err
	})
}

type methodHistoryCmd struct {
	Organization string `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
	JSON         bool   `help:"Print JSON, for scripts."`
}

// Run lists the changes, newest first.
func (m *methodHistoryCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withData(ctx, t, m.Organization, func(s *store.Store, o models.Organization) error {
		list, err := s.MethodChanges(ctx, o.Key, 200)
		if err != nil {
			return err
		}
		reports := []changeReport{}
		last, undoable := deployment.Undoable(list, time.Now())
		for _, x := range list {
			r := reportOf(x)
			r.Undoable = undoable && x.ID == last.ID
			reports = append(reports, r)
		}
		if m.JSON {
			return printJSON(t.Out, reports)
		}
		if len(list) == 0 {
			_, err = fmt.Fprintf(t.Out, "%s: no deployment method has been chosen yet.\n", o.Name)
			return err
		}
		for _, r := range reports {
			fmt.Fprintf(t.Out, "%s  %s → %s by %s%s\n", r.At.Format(time.DateTime), r.From.Label(), r.To.Label(), r.By, r.remark())
		}
		return nil
	})
}

type methodUndoCmd struct {
	Organization string `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
	JSON         bool   `help:"Print JSON, for scripts."`
	Yes          bool   `help:"Carry it out. Without it the preview is printed and nothing is changed."`
	Reason       string `help:"Why, for the history and the audit log." placeholder:"TEXT"`
}

// Run takes back the only change that can be taken back now.
func (m *methodUndoCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withData(ctx, t, m.Organization, func(s *store.Store, o models.Organization) error {
		door := deploymentsOf(s)
		list, err := s.MethodChanges(ctx, o.Key, 200)
		if err != nil {
			return err
		}
		last, ok := deployment.Undoable(list, time.Now())
		if !ok {
			return models.Errorf(models.Conflict, "change", "There is no change of the deployment method that could be undone.").
				WithAdvice("\"muster method history\" lists all changes; change the method back with \"muster method change\".")
		}
		plan, err := door.PreviewUndo(ctx, o.Key, last.ID)
		if err != nil {
			return err
		}
		if !m.JSON {
			printUndo(t.Out, o, plan)
		} else if !m.Yes {
			if err := printJSON(t.Out, plan); err != nil {
				return err
			}
		}
		if err := blocked(plan.Blockers); err != nil {
			return err
		}
		if !m.Yes {
			return models.Errorf(models.Invalid, "yes", "Nothing was changed.").WithAdvice("Add --yes to carry this out.")
		}
		done, err := door.Undo(ctx, commandLine(o), deployment.UndoOrder{Change: last.ID, Reason: m.Reason})
		if err != nil {
			return err
		}
		if m.JSON {
			return printJSON(t.Out, reportOf(done))
		}
		_, err = fmt.Fprintf(t.Out, "\nUndone: %s is in charge of %s again.\n", done.To.Label(), o.Name)
		return err
	})
}

func blocked(list []deployment.Blocker) error {
	if len(list) == 0 {
		return nil
	}
	return models.Errorf(models.Conflict, "method", "%s", list[0].Text).WithAdvice("%s", list[0].Advice).WithCode("methodBlocked")
}

// changeReport is a change as scripts read it.
type changeReport struct {
	ID           string              `json:"id"`
	From         models.Method       `json:"from"`
	To           models.Method       `json:"to"`
	At           time.Time           `json:"at"`
	By           string              `json:"by"`
	Reason       string              `json:"reason,omitempty"`
	KeptMappings bool                `json:"keptMappings"`
	Counts       models.ChangeCounts `json:"counts"`
	Undoes       string              `json:"undoes,omitempty"`
	UndoneBy     string              `json:"undoneBy,omitempty"`
	UndoUntil    time.Time           `json:"undoUntil,omitzero"`
	Undoable     bool                `json:"undoable,omitempty"`
}

func reportOf(c models.MethodChange) changeReport {
	r := changeReport{
		ID: c.ID, From: c.From, To: c.To, At: c.At.Time(), By: c.By, Reason: c.Reason, KeptMappings: c.KeptMappings, Counts: c.Counts,
		Undoes: c.Undoes, UndoneBy: c.UndoneBy,
	}
	if c.UndoUntil != 0 {
		r.UndoUntil = c.UndoUntil.Time()
	}
	return r
}

func (r changeReport) remark() string {
	switch {
	case r.Undoes != "":
		return " (undo)"
	case r.UndoneBy != "":
		return " (undone since)"
	case r.Undoable:
		return ", can be undone until " + r.UndoUntil.Format("2006-01-02")
	}
	return ""
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v) //nolint:wrapcheck // names what could not be encoded
}

func printPlan(w io.Writer, o models.Organization, plan deployment.Impact) error {
	if plan.First {
		_, err := fmt.Fprintf(w, "%s: %s would be the first deployment method.\n", o.Name, plan.To.Label())
		return err
	}
	if len(plan.Blockers) > 0 {
		fmt.Fprintf(w, "%s: %s → %s\n", o.Name, plan.From.Label(), plan.To.Label())
		for _, b := range plan.Blockers {
			fmt.Fprintf(w, "Blocked: %s %s\n", b.Text, b.Advice)
		}
		return nil
	}
	kept := "mappings and tokens of " + plan.From.Label() + " are kept, parked"
	if !plan.Keep {
		kept = "mappings and tokens of " + plan.From.Label() + " are DELETED"
	}
	if plan.From == models.Manual {
		kept = "nothing is deleted"
	}
	fmt.Fprintf(w, "%s: %s → %s; %s.\n%s\n", o.Name, plan.From.Label(), plan.To.Label(), kept, deployment.Consequence(plan.To))
	printFigures(w, plan.Counts)
	for _, n := range plan.Notes {
		fmt.Fprintf(w, "Note: %s %s\n", n.Text, n.Advice)
	}
	_, err := fmt.Fprintf(w, "It can be undone until %s.\n", plan.UndoUntil.Format("2006-01-02 15:04"))
	return err
}

func printFigures(w io.Writer, counts models.ChangeCounts) {
	for _, f := range deployment.Figures(counts) {
		fmt.Fprintf(w, "%9d  %s\n", f.Count, f.Words)
	}
	fmt.Fprintf(w, "%9d  users that stay as they are\n%9d  users deleted\n", counts.UsersUnchanged, counts.UsersDeleted)
}

func printUndo(w io.Writer, o models.Organization, plan deployment.UndoImpact) {
	fmt.Fprintf(w, "%s: undo the change from %s to %s of %s by %s.\n", o.Name, plan.Change.From.Label(), plan.Change.To.Label(), instant(plan.Change.At), plan.Change.By)
	printFigures(w, plan.Counts)
	for _, left := range append(slices.Clip(plan.Left), plan.Rules...) {
		fmt.Fprintf(w, "Stays: %s\n", left)
	}
	for _, b := range plan.Blockers {
		fmt.Fprintf(w, "Blocked: %s %s\n", b.Text, b.Advice)
	}
}
