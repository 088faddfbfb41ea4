package cycle_test

import (
	"testing"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// hooked is a kind of connector that does something when one is opened.
type hooked struct {
	source.Kind
	open func() error
}

func (h hooked) Open(settings, secret []byte) (source.Connector, error) {
	if err := h.open(); err != nil {
		return nil, err
	}
	return h.Kind.Open(settings, secret)
}

func (b *bench) hook(open func() error) *cycle.Cycles {
	return b.instance("hooked", func(o *cycle.Options) { o.Kinds = []source.Kind{hooked{b.kind(), open}} })
}

// A plan that is rejected right after it was accepted is not carried out.
func TestRejectAfterAccept(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(10)
		b.connect(everyone())
		b.state(b.start(), models.CyclePreviewed)
		v := b.latest().Plan.Version
		_, err := b.Accept(t.Context(), b.admin, models.Entra, v)
		ok(t, err)
		two := b.hook(func() error { _, err := b.Reject(t.Context(), b.admin, models.Entra, v); return err })
		ok(t, two.RunOne(t.Context(), b.connector().Key))
		if n := b.actives(); n != 0 || b.latest().State != models.CycleRejected {
			t.Errorf("%d users, %s", n, b.latest().State)
		}
	})
}
