package transform

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ReadOverlay reads what Overlay.String wrote; "" is an empty one.
func ReadOverlay(stored string) (Overlay, error) {
	if stored == "" {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(stored))
	d.UseNumber() // numbers stay as they were sent
	var o Overlay
	if err := d.Decode(&o); err != nil {
		return nil, fmt.Errorf("read what was delivered: %w", err)
	}
	return o, nil
}

// String is the overlay as it is stored: sparse JSON, "" when nothing differs.
func (o Overlay) String() string {
	if len(o) == 0 {
		return ""
	}
	b, err := json.Marshal(o)
	if err != nil {
		return "" // a document is made of what JSON can say
	}
	return string(b)
}
