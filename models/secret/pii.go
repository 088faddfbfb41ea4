package secret

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	emailText = regexp.MustCompile(`[\p{L}\p{N}.!#$%&'*+/=?^_{|}~-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*`)
	phoneText = regexp.MustCompile(`\+\d[\d ()./-]{5,}\d`)
)

// MaskPII returns a body that Redact has made, for readers who may see what
// happened but not to whom (the auditor role): e-mail addresses, phone
// numbers, names and addresses keep their first letters or last digits. Ids
// stay, so that entries can still be followed. Text that is not JSON gets what
// MaskText does.
func MaskPII(body string) string {
	n, _ := parse([]byte(body))
	if n == nil || n.open != '{' && n.open != '[' {
		return MaskText(body)
	}
	hidePersonal(n, "")
	var b bytes.Buffer
	n.write(&b)
	// Redact's marker stands after the JSON.
	if _, marker, ok := strings.Cut(body, "… ["); ok {
		b.WriteString("… [" + MaskText(marker))
	}
	return b.String()
}

// hidePersonal masks in place; under is the attribute that n belongs to.
func hidePersonal(n *node, under string) {
	switch n.open {
	case '"':
		n.text = MaskValue(under, n.text)
	case 0:
		if n.text != "null" && n.text != "true" && n.text != "false" {
			if m := MaskValue(under, n.text); m != n.text {
				*n = node{open: '"', text: m, complete: true}
			}
		}
	case '[':
		for _, m := range n.members {
			hidePersonal(m.value, under)
		}
	case '{':
		group := isGroup(n)
		path, named := operationPath(n)
		for _, m := range n.members {
			switch name := attributeName(m.name); {
			case name == "path" && named:
				m.value.text = MaskText(m.value.text)
			case name == "value" && named:
				hidePersonal(m.value, path)
			case (name == "value" || name == "formatted" || name == "display") && under != "":
				hidePersonal(m.value, under+"."+name)
			case name == "displayname" && group:
			default:
				hidePersonal(m.value, m.name)
			}
		}
	}
}

func operationPath(o *node) (string, bool) {
	for _, m := range o.members {
		if strings.EqualFold(m.name, "path") && m.value.open == '"' {
			return m.value.text, true
		}
	}
	return "", false
}

// isGroup spares a group's displayName, which names no person.
func isGroup(o *node) bool {
	for _, m := range o.members {
		if strings.EqualFold(m.name, "members") {
			return true
		}
		if strings.EqualFold(m.name, "schemas") {
			for _, s := range m.value.members {
				if strings.HasSuffix(s.value.text, ":Group") {
					return true
				}
			}
		}
	}
	return false
}

// MaskValue masks one value by its attribute, given as a SCIM path
// (emails[type eq "work"].value, name.givenName, urn:…:User:employeeNumber).
func MaskValue(attribute, value string) string {
	name := attributeName(attribute)
	head, _, _ := strings.Cut(name, ".")
	switch {
	case value == "":
		return ""
	case head == "emails" || head == "username" || strings.Contains(value, "@"):
		if emailText.MatchString(value) {
			return MaskText(value)
		}
		return maskWord(value)
	case head == "phonenumbers" || head == "faxnumber":
		return MaskPhone(value)
	case personal(head, name):
		return MaskName(value)
	}
	return MaskText(value)
}

func personal(head, name string) bool {
	switch head {
	case "name", "displayname", "nickname", "givenname", "familyname", "middlename", "formatted", "fullname",
		"addresses", "streetaddress", "postalcode", "ims", "photos", "profileurl", "employeenumber", "birthdate":
		return true
	case "members", "manager":
		return strings.HasSuffix(name, "display") || strings.HasSuffix(name, "displayname")
	}
	return false
}

// attributeName takes the URN, value filters and case from a path:
// urn:…:User:Emails[type eq "work"].value becomes emails.value.
func attributeName(path string) string {
	p := strings.ToLower(path)
	if i := strings.IndexByte(p, '['); i >= 0 {
		rest := ""
		if j := strings.LastIndexByte(p, ']'); j > i {
			rest = p[j+1:]
		}
		p = p[:i] + rest
	}
	if strings.HasPrefix(p, "urn:") {
		p = p[strings.LastIndexByte(p, ':')+1:]
	}
	return p
}

// MaskText masks e-mail addresses and international phone numbers in text.
func MaskText(s string) string {
	return phoneText.ReplaceAllStringFunc(emailText.ReplaceAllStringFunc(s, MaskEmail), MaskPhone)
}

// MaskEmail keeps the first letter and the domain: a•••@example.com.
func MaskEmail(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return maskWord(s)
	}
	return maskWord(local) + "@" + domain
}

// MaskName keeps each word's first letter: A••• L•••.
func MaskName(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = maskWord(w)
	}
	return strings.Join(words, " ")
}

// MaskPhone keeps the last two digits: •••67.
func MaskPhone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
	if utf8.RuneCountInString(digits) < 4 {
		return Mask
	}
	rs := []rune(digits)
	return Mask + string(rs[len(rs)-2:])
}

func maskWord(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || size == len(s) {
		return Mask
	}
	return string(r) + Mask
}
