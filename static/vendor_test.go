package static_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVendoredFilesAreUnmodified(t *testing.T) {
	sums, err := os.ReadFile("vendor/htmx/CHECKSUMS")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for line := range strings.Lines(string(sums)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] == "#" {
			continue
		}
		b, err := os.ReadFile(filepath.Join("vendor/htmx", fields[1]))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != fields[0] {
			t.Errorf("%s differs from its checksum", fields[1])
		}
		checked++
	}
	if checked != 2 {
		t.Errorf("%d vendored files checked, want 2", checked)
	}
}
