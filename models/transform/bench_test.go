package transform_test

import (
	"testing"

	"muster/models"
	"muster/models/transform"
)

// BenchmarkAgain is what five attribute mappings add to one change of a user.
func BenchmarkAgain(b *testing.B) {
	tr, broken := transform.Compile([]models.AttributeMapping{
		mapping("title", "upper(title)"), mapping("nickName", `join(" ", name.familyName, name.givenName)`), mapping("costCode", `"CC-" + department`),
		mapping(`emails[type eq "work"].value`, "lower(workEmail)"), mapping("locale", `switch(department, "en", "Research", "en-GB")`),
	}, declared())
	if len(broken) > 0 {
		b.Fatal(broken[0].Err)
	}
	first := tr.New(ada())
	delivered := first.Overlay.Over(first.Document)
	b.ReportAllocs()
	for b.Loop() {
		tr.Again(delivered, first.Document, first.Overlay)
	}
}
