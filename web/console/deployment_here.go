package console

import (
	"context"

	"muster/models"
	"muster/views/ui"
)

// hereAlready lists, for each method, what is kept, configured or known of it.
func (k *Console) hereAlready(ctx context.Context, organization int64) (map[models.Method][]ui.Link, error) {
	out := map[models.Method][]ui.Link{}
	mappings, err := k.Read.Mappings(ctx, organization, "")
	if err != nil {
		return nil, err
	}
	attributes, err := k.Read.AttributeMappings(ctx, organization, "")
	if err != nil {
		return nil, err
	}
	for _, m := range models.Methods() {
		out[m] = append(mappingLinks(m, mappings), attributeLinks(m, attributes)...)
		known, err := k.Deployment.Forecasts(ctx, organization, m)
		if err != nil {
			return nil, err
		}
		for _, f := range known {
			out[m] = append(out[m], ui.Link{Label: f.Source + ", " + ui.Relative(f.At, k.Now()), Href: f.Link})
		}
	}
	tokens, err := k.tokenLinks(ctx, organization)
	out[models.SCIM] = append(out[models.SCIM], tokens...)
	return out, err
}

const namedMost = 3 // mappings that a card names

// mappingLinks name the first mappings of a method.
func mappingLinks(method models.Method, all []models.Mapping) []ui.Link {
	var list []ui.Link
	more := 0
	for _, m := range all {
		switch {
		case m.Method != method:
		case len(list) == namedMost:
			more++
		default:
			list = append(list, ui.Link{Label: "Mapping " + m.Name, Href: mappingAddress(m)})
		}
	}
	if more > 0 {
		list = append(list, ui.Link{Label: ui.Plural(more, "more mapping", "more mappings"), Href: mappingsOf(method)})
	}
	return list
}

func attributeLinks(method models.Method, all []models.AttributeMapping) []ui.Link {
	n := len(ofMethod(all, method))
	if n == 0 {
		return nil
	}
	return []ui.Link{{Label: ui.Plural(n, "attribute mapping", "attribute mappings"), Href: address(attributeMappingsPath, "method", string(method))}}
}

// tokenLinks count the tokens that live, and those that are parked.
func (k *Console) tokenLinks(ctx context.Context, organization int64) ([]ui.Link, error) {
	tokens, err := k.Read.Tokens(ctx, organization)
	if err != nil {
		return nil, err
	}
	parked, live := 0, 0
	for _, t := range tokens {
		switch {
		case t.State(k.Now()) == models.TokenParked:
			parked++
		case t.Live(k.Now()):
			live++
		}
	}
	var list []ui.Link
	if live > 0 {
		list = append(list, ui.Link{Label: ui.Plural(live, "token", "tokens"), Href: "/scim/tokens"})
	}
	if parked > 0 {
		list = append(list, ui.Link{Label: ui.Plural(parked, "parked token", "parked tokens"), Href: "/scim/tokens"})
	}
	return list, nil
}
