package console

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// undoes tells whether a cycle is an undo that is under way.
func (w connectorWorld) undoes(x models.Cycle) bool { return w.c.Undoes() && w.c.CycleID == x.Key }

// undoPresses are what can be done about taking a cycle back: of the cycle itself, and of
// the undo.
func (w connectorWorld) undoPresses(x models.Cycle) []page.PressModel {
	goOn := func(of int64) []page.PressModel {
		to := cyclesPath + "/" + strconv.FormatInt(of, 10) + "/undo"
		return []page.PressModel{{ButtonModel: ui.ButtonModel{Label: "Go on with the undo", Icon: "undo-2", Kind: ui.Primary, Href: to}}}
	}
	switch {
	case !w.manage() || w.asleep():
		return nil
	case w.undoes(x):
		return []page.PressModel{stopUndo(x)}
	case x.Undoes != 0 && x.State != models.CycleDone:
		return goOn(x.Undoes)
	case !w.undoable(x) || w.c.Undoes():
		return nil
	case w.undo != nil && w.undo.Undoes == x.Key:
		return goOn(x.Key)
	}
	return []page.PressModel{{ButtonModel: ui.ButtonModel{Label: "Undo this cycle", Icon: "undo-2", Href: cyclePath(x) + "/undo"}}}
}

func stopUndo(x models.Cycle) page.PressModel {
	return page.PressModel{Post: cyclePath(x) + "/undo/stop", ButtonModel: ui.ButtonModel{Label: "Stop the undo", Icon: "pause"}}
}

// undoFacts lead from a cycle to its undo and back.
func (w connectorWorld) undoFacts(x models.Cycle) []ui.KVModel {
	to := func(label, words string, key int64) ui.KVModel {
		return ui.KVModel{Label: label, Body: ui.LinkButton(words, cyclesPath+"/"+strconv.FormatInt(key, 10), ui.Quiet)}
	}
	var rows []ui.KVModel
	if x.Undoes != 0 {
		rows = append(rows, to("Takes back", "The cycle", x.Undoes))
	}
	switch {
	case x.UndoneBy != 0:
		rows = append(rows, to("Taken back by", "Another cycle", x.UndoneBy))
	case w.undo != nil && w.undo.Undoes == x.Key && w.undoes(*w.undo):
		rows = append(rows, to("Being taken back by", "Another cycle", w.undo.Key))
	case w.undo != nil && w.undo.Undoes == x.Key:
		rows = append(rows, to("Taken back in part by", "Another cycle", w.undo.Key))
	}
	if w.undoable(x) {
		rows = append(rows, ui.KVModel{Label: "Can be undone until", Value: ui.Exact(x.UndoUntil.Time()), Note: ui.Relative(x.UndoUntil.Time(), w.now)})
	}
	return rows
}

// cycleWorld is a connector with one of its cycles.
func (k *Console) cycleWorld(c echo.Context) (connectorWorld, models.Cycle, error) {
	x, err := k.cycleOf(c)
	if err != nil {
		return connectorWorld{}, x, err
	}
	w, err := k.connectorWorld(c)
	if err != nil {
		return w, x, err
	}
	w.undo, err = k.Cycles.UndoOf(c.Request().Context(), w.by.OrganizationID, x.Key)
	return w, x, err
}

// stopCycleUndo ends an undo at the end of its page. A refusal is told on its page.
func (k *Console) stopCycleUndo(c echo.Context) error {
	w, x, err := k.cycleWorld(c)
	if err != nil {
		return err
	}
	if !w.undoes(x) {
		err = models.Errorf(models.Conflict, "", "This undo is not under way any more.").WithAdvice("Its page says what became of it.")
	} else {
		_, err = k.Cycles.StopUndo(c.Request().Context(), session.Actor(c), models.Entra)
	}
	if e, ok := refusal(err); ok {
		if err := k.Sessions.Flash(c, string(ui.Warn), e.Error()); err != nil {
			return err
		}
		return respond.See(c, cyclePath(x))
	}
	if err != nil {
		return err
	}
	return k.done(c, cyclePath(x), "The undo is stopped. What was put back until then stays so.")
}
