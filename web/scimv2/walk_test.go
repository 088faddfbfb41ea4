package scimv2_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func (s *server) page(t *testing.T, query string) (names []string, total int) {
	t.Helper()
	w := s.send(http.MethodGet, "/scim/v2/Users?"+query, nil, "")
	var got struct {
		TotalResults int
		Resources    []struct{ UserName string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s was answered %d: %s", query, w.Code, w.Body)
	}
	for _, r := range got.Resources {
		names = append(names, r.UserName)
	}
	return names, got.TotalResults
}

// A walk by startIndex is led on from page to page, and yet each startIndex means
// the place it names: also after somebody left, returned or came.
func TestWalksByIndexKeepTheirPlaces(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		var ids []string
		for i := range 10 {
			ids = append(ids, s.create(t, "/Users", fmt.Sprintf(`{"userName":"u%d","externalId":"x%d"}`, i, i)))
		}
		want := func(start int, names string) {
			t.Helper()
			if got, _ := s.page(t, fmt.Sprintf("startIndex=%d&count=3", start)); strings.Join(got, " ") != names {
				t.Errorf("from %d: %v, want %s", start, got, names)
			}
		}
		walk := func(pages ...string) {
			t.Helper()
			for i, names := range pages {
				want(3*i+1, names)
			}
		}
		walk("u0 u1 u2", "u3 u4 u5", "u6 u7 u8", "u9", "")
		s.send(http.MethodDelete, "/scim/v2/Users/"+ids[1], nil, "")
		want(4, "u4 u5 u6") // the place of an earlier walk is of no use now
		walk("u0 u2 u3", "u4 u5 u6", "u7 u8 u9", "")
		s.create(t, "/Users", `{"userName":"u1","externalId":"x1"}`) // returns to the old place
		want(4, "u3 u4 u5")
		s.create(t, "/Users", `{"userName":"new"}`)
		walk("u0 u1 u2", "u3 u4 u5", "u6 u7 u8", "u9 new")
		if _, total := s.page(t, "count=0"); total != 11 {
			t.Errorf("%d in all", total)
		}
	})
}

func TestAnswersArePackedForThoseWhoTakeIt(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for i := range 200 {
			s.create(t, "/Users", fmt.Sprintf(`{"userName":"user-%d","title":%q}`, i, strings.Repeat("long ", 100)))
		}
		plain := s.send(http.MethodGet, "/scim/v2/Users?count=200", nil, "") // more than is held back at once
		packed := s.send(http.MethodGet, "/scim/v2/Users?count=200", map[string]string{"Accept-Encoding": "br, gzip;q=0.8"}, "")
		if packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("Vary") != "Accept-Encoding" || packed.Body.Len() > plain.Body.Len()/4 {
			t.Fatalf("headers %v, %d bytes of %d", packed.Header(), packed.Body.Len(), plain.Body.Len())
		}
		r, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, plain.Body.Bytes()) {
			t.Errorf("unpacked is not what plain is: %v", err)
		}
		for _, refuses := range []string{"", "identity", "gzip;q=0"} {
			if w := s.send(http.MethodGet, "/scim/v2/Users?count=200", map[string]string{"Accept-Encoding": refuses}, ""); w.Header().Get("Content-Encoding") != "" {
				t.Errorf("packed for %q", refuses)
			}
		}
		if w := s.send(http.MethodGet, "/scim/v2/Users?count=1", map[string]string{"Accept-Encoding": "gzip"}, ""); w.Header().Get("Content-Encoding") != "" && w.Body.Len() > 1400 {
			t.Error("a small answer was packed")
		}
	})
}

func TestPackedBodiesAreReadWithinTheLimit(t *testing.T) {
	pack := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		return b.String()
	}
	eachServer(t, func(t *testing.T, s *server) {
		for name, c := range map[string]struct {
			coding, body string
			status       int
			says         string
		}{
			"packed":        {"gzip", pack(`{"userName":"packed"}`), 201, `"userName":"packed"`},
			"a bomb":        {"gzip", pack(`{"userName":"` + strings.Repeat("x", 64<<20) + `"}`), 413, "1048576 bytes"},
			"not packed":    {"gzip", `{"userName":"x"}`, 400, "could not be read"},
			"cut short":     {"gzip", pack(`{"userName":"x"}`)[:20], 400, "could not be read"},
			"another":       {"br", `{"userName":"x"}`, 415, `Content-Encoding is \"br\"`},
			"said to be so": {"identity", `{"userName":"plain"}`, 201, `"userName":"plain"`},
		} {
			w := s.send(http.MethodPost, "/scim/v2/Users", map[string]string{"Content-Encoding": c.coding}, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s was answered %d: %.200s", name, w.Code, w.Body)
			}
		}
	})
}
