package secret

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// Mask stands where a secret stood.
const Mask = "•••"

// Redact returns a JSON body fit to be stored in the log: the values of
// password, token, secret, authorization and the like are masked wherever they
// stand (also as the value of a PATCH operation whose path names one, or in
// JSON that is carried as text), and so is every token of ours. A body that is
// not JSON is kept up to the fault; nothing after it is kept, because nobody
// knows what it is. The result has at most limit bytes and a short marker that
// gives the size of the whole (limit 0: no limit).
func Redact(body string, limit int) string {
	if strings.TrimSpace(body) == "" {
		return ""
	}
	if limit > 0 && len(body) <= limit && plain(body) {
		return body
	}
	return redacted(body, limit)
}

// redacted takes the body apart and writes it anew.
func redacted(body string, limit int) string {
	n, whole := parse([]byte(body))
	var b bytes.Buffer
	if n != nil {
		hideSecrets(n, 0)
		n.write(&b)
	}
	out := b.String()
	if limit > 0 && len(out) > limit {
		return cut(out, limit) + fmt.Sprintf("… [cut: %d bytes in all]", len(body))
	}
	if !whole {
		out += fmt.Sprintf("… [not valid JSON from here; %d bytes in all]", len(body))
	}
	return out
}

// plain tells, cheaply, that a body is whole JSON with nothing in it that could have
// to be masked: nearly all that is logged. A letter written as an escape could hide a
// word, so a body with one is looked at closely.
func plain(body string) bool {
	return !strings.Contains(body, `\u`) && !nearSecrets.in(body) && wellFormed(body)
}

// RedactHeader returns a copy with the values of credentials masked; what may
// be shown of one of our tokens stays.
func RedactHeader(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			if secretHeader(name) {
				v = credential(v)
			} else {
				v = RedactText(v)
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

func secretHeader(name string) bool {
	n := strings.ToLower(name)
	return isSecret(n) || strings.Contains(n, "cookie") || strings.Contains(n, "signature")
}

// credential keeps the scheme and the shown part of one of our tokens.
func credential(v string) string {
	scheme, rest, ok := strings.Cut(v, " ")
	if !ok {
		return shown(v)
	}
	switch strings.ToLower(scheme) {
	case "basic", "bearer", "digest", "negotiate":
		return scheme + " " + shown(strings.TrimSpace(rest))
	}
	return Mask
}

func shown(token string) string { return Prefix(token) + Mask }

var (
	ownToken   = regexp.MustCompile(TokenPrefix + `[0-9A-Za-z]{7,}`)
	schemeText = regexp.MustCompile(`(?i)\b(bearer|basic)(\s+|%20|\+)[^\s"'&,;]+`)
	pairText   = regexp.MustCompile(`(?i)([\w.:-]*(?:passw|secret|token|credential|pwd|assertion|api[_-]?key|private_?key|authorization)[\w.:-]*)(=|%3D|"?\s*:\s*|(?:\s|%20|\+)+eq(?:\s|%20|\+)+)("(?:[^"\\]|\\.)*"?|%22.*?(?:%22|$)|[^\s&,;}]+)`)
	escaped    = regexp.MustCompile(`(?i)mst%5f[0-9A-Za-z]{7,}`)
)

// RedactText masks tokens, credentials after Bearer or Basic, and the values
// of pairs such as password=… or password eq "…" inside free text: URLs, query
// strings, error texts.
func RedactText(s string) string {
	// Nearly no text holds any of these, and every value of every body that
	// is logged comes through here.
	if !nearSecrets.in(s) {
		return s
	}
	s = ownToken.ReplaceAllStringFunc(s, func(t string) string {
		return t[:len(TokenPrefix)+min(shownRandom, len(t)-len(TokenPrefix)-1)] + Mask
	})
	s = escaped.ReplaceAllString(s, Mask)
	s = schemeText.ReplaceAllString(s, "$1 "+Mask)
	return pairText.ReplaceAllString(s, "$1$2"+Mask)
}

// isSecret says whether a member, attribute or header of this name holds a
// secret. It rather masks too much: a masked figure harms nobody.
func isSecret(name string) bool { return secretNames.in(name) }

// hideSecrets masks in place. depth counts JSON carried as text in JSON.
func hideSecrets(n *node, depth int) {
	switch n.open {
	case '"':
		n.text = redactString(n.text, depth)
	case '{':
		hidden := secretValue(n)
		for i := range n.members {
			m := &n.members[i]
			m.name = RedactText(m.name)
			if isSecret(m.name) || hidden && strings.EqualFold(m.name, "value") {
				m.value = masked(m.value)
				continue
			}
			if strings.EqualFold(m.name, "path") && isSecret(m.value.text) {
				m.value.text, _, _ = strings.Cut(m.value.text, "[")
			}
			hideSecrets(m.value, depth)
		}
	case '[':
		for _, m := range n.members {
			hideSecrets(m.value, depth)
		}
	}
}

// secretValue says whether the object's "value" must be hidden: a PATCH
// operation on a secret, a named pair such as {"name":"password","value":…},
// or an operation that broke off before it said what it is about.
func secretValue(o *node) bool {
	named := false
	for _, m := range o.members {
		switch strings.ToLower(m.name) {
		case "path", "name", "key", "attribute", "type":
			if isSecret(m.value.text) {
				return true
			}
			named = true
		}
	}
	return !o.complete && !named
}

// masked replaces a value, but leaves null and false, which are no secrets and
// tell what the client meant.
func masked(n *node) *node {
	if n.open == 0 && (n.text == "null" || n.text == "false" || n.text == "true") {
		return n
	}
	return &node{open: '"', text: Mask, complete: true}
}

func redactString(s string, depth int) string {
	t := strings.TrimSpace(s)
	if depth < 3 && (strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[")) {
		if n, whole := parse([]byte(t)); n != nil && whole {
			hideSecrets(n, depth+1)
			var b bytes.Buffer
			n.write(&b)
			return b.String()
		}
	}
	return RedactText(s)
}
