package secret

import "bytes"

// What the quick look at a body is held to.
var (
	WellFormed = wellFormed
	Redacted   = redacted
	Plain      = plain
)

// NearSecrets and SecretName are the two searches for words.
func NearSecrets(text string) bool { return nearSecrets.in(text) }
func SecretName(name string) bool  { return secretNames.in(name) }

// Rewritten is a body taken apart and put together with nothing masked.
func Rewritten(body string) string {
	n, _ := parse([]byte(body))
	if n == nil {
		return ""
	}
	var b bytes.Buffer
	n.write(&b)
	return b.String()
}
