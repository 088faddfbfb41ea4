package entra

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// each reads a whole list, page by page. Unlike a delta, a list ends where no next
// page is named, or when take has enough. An error leaves what came before in the caller's hands, who must not
// take it for the whole.
func (c *Connector) each(ctx context.Context, q call, take func(entry) error) error {
	seen := map[string]bool{}
	for q.url != "" {
		if seen[q.url] {
			return incomplete("Microsoft Graph’s pages lead in a circle.", "")
		}
		seen[q.url] = true
		var wire wirePage
		q.decode = func(body io.Reader) (err error) {
			if wire, err = decodePage(body); err != nil || wire.next == "" {
				return err
			}
			return c.graph.pin(wire.next)
		}
		if err := c.graph.get(ctx, q); err != nil {
			return err
		}
		for _, e := range wire.entries {
			if err := take(e); errors.Is(err, errEnough) {
				return nil
			} else if err != nil {
				return err
			}
		}
		q.url = wire.next
	}
	return nil
}

// errEnough ends a list early, on purpose.
var errEnough = errors.New("enough was read")

// all reads a whole list into memory, for lists that are short.
func (c *Connector) all(ctx context.Context, q call) ([]entry, error) {
	var out []entry
	err := c.each(ctx, q, func(e entry) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// number asks for a count, which Graph answers as plain text.
func (c *Connector) number(ctx context.Context, path string) (int, error) {
	n := 0
	err := c.graph.get(ctx, call{
		url: c.graph.address(path, nil), units: 2, header: eventual,
		decode: func(body io.Reader) error {
			text, err := io.ReadAll(io.LimitReader(body, 64))
			if err != nil {
				return err //nolint:wrapcheck // get classes it
			}
			n, err = strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(string(text), "\ufeff")))
			return err //nolint:wrapcheck // get classes it
		},
	})
	return n, err
}

// eventual is what Graph wants to be told before it counts and searches.
var eventual = map[string]string{"ConsistencyLevel": "eventual"}

// encodeQuery writes blanks as %20: Graph reads + as itself.
func encodeQuery(q url.Values) string {
	return strings.ReplaceAll(q.Encode(), "+", "%20")
}

// quoted writes a text as OData has it, so that nothing in it can end it.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// searched writes a text as $search has it.
func searched(text string) string {
	return `"displayName:` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
