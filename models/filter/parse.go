package filter

import (
	"strings"
	"unicode/utf8"
)

// Parse reads a filter. The error is always a *SyntaxError that names the
// place and what to write there. Keywords and operators may have any case.
func Parse(text string, lim Limits) (Expr, error) {
	lim = lim.orDefault()
	if e, ok := quick(text, lim); ok {
		return e, nil
	}
	if err := prescan(text, lim); err != nil {
		return nil, err
	}
	p := &parser{text: text, lim: lim}
	e, err := p.or(false)
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(text) {
		return nil, p.unexpected("the end, \"and\" or \"or\"")
	}
	return e, nil
}

// ParsePath reads the path of a PATCH operation, or any key that names an
// attribute: name.givenName, emails[type eq "work"].value, urn:…:User:manager.
func ParsePath(text string, lim Limits) (Target, error) {
	lim = lim.orDefault()
	if err := prescan(text, lim); err != nil {
		return Target{}, err
	}
	p := &parser{text: text, lim: lim}
	p.space()
	path, err := p.path()
	if err != nil {
		return Target{}, err
	}
	t := Target{Path: path}
	if p.peek() == '[' {
		if t.Filter, err = p.brackets(&t.Path); err != nil {
			return Target{}, err
		}
		if p.peek() == '.' {
			if t.Sub, err = p.trailing(); err != nil {
				return Target{}, err
			}
		}
	}
	if p.space(); p.pos < len(text) {
		return Target{}, p.unexpected("the end of the path")
	}
	return t, nil
}

// quick recognises attr eq "value" without escapes, which is nearly every
// query that an identity provider sends.
func quick(text string, lim Limits) (Expr, bool) {
	name, rest, ok := strings.Cut(text, " ")
	if !ok || len(text) > lim.Length || len(rest) < 5 || rest[2] != ' ' || rest[3] != '"' || rest[len(rest)-1] != '"' {
		return nil, false
	}
	if rest[0]|0x20 != 'e' || rest[1]|0x20 != 'q' || !isName(name) {
		return nil, false
	}
	value := rest[4 : len(rest)-1]
	for i := 0; i < len(value); i++ {
		if c := value[i]; c == '"' || c == '\\' || c < 0x20 {
			return nil, false
		}
	}
	if !utf8.ValidString(value) {
		return nil, false
	}
	return Compare{Path: Path{Name: name}, Op: Eq, Value: value}, true
}

type parser struct {
	text  string
	pos   int
	terms int
	lim   Limits
}

// or and its callees descend by precedence: or, and, not and groups. inside
// says that we stand between brackets, where no further brackets may open.
func (p *parser) or(inside bool) (Expr, error) {
	left, err := p.and(inside)
	for err == nil && p.keyword("or") {
		var right Expr
		right, err = p.and(inside)
		left = Or{left, right}
	}
	return left, err
}

func (p *parser) and(inside bool) (Expr, error) {
	left, err := p.unary(inside)
	for err == nil && p.keyword("and") {
		var right Expr
		right, err = p.unary(inside)
		left = And{left, right}
	}
	return left, err
}

func (p *parser) unary(inside bool) (Expr, error) {
	p.space()
	if p.peek() == '(' {
		return p.parens(inside)
	}
	start := p.pos
	if p.keyword("not") {
		if p.space(); p.peek() == '(' {
			e, err := p.parens(inside)
			return Not{e}, err
		}
		p.pos = start
	}
	return p.term(inside)
}

func (p *parser) parens(inside bool) (Expr, error) {
	open := p.pos
	p.pos++
	e, err := p.or(inside)
	if err != nil {
		return nil, err
	}
	if p.space(); p.peek() != ')' {
		if p.pos >= len(p.text) {
			return nil, syntaxErr(open, "this \"(\" is never closed; add \")\"")
		}
		return nil, p.unexpected("\")\", \"and\" or \"or\"")
	}
	p.pos++
	return e, nil
}

// term is a comparison, a presence test or a value path.
func (p *parser) term(inside bool) (Expr, error) {
	start := p.pos
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.peek() != '[' {
		e, err := p.relation(path)
		return unmarked(e, inside), err
	}
	if inside {
		return nil, syntaxErr(p.pos, "brackets cannot stand inside brackets; compare the sub-attribute directly")
	}
	if path.Sub != "" {
		return nil, syntaxErr(start, "brackets follow an attribute, not the sub-attribute %q; write %s[…]", path.Sub, path.Name)
	}
	e := ValuePath{Path: path}
	if e.Filter, err = p.brackets(&e.Path); err != nil || p.peek() != '.' {
		return e, err
	}
	sub, err := p.trailing()
	if err != nil {
		return nil, err
	}
	what, err := p.relation(Path{Name: sub})
	return e.then(unmarked(what, true)), err
}

// relation reads what follows an attribute: pr, or an operator and a value.
func (p *parser) relation(path Path) (Expr, error) {
	if p.terms++; p.terms > p.lim.Terms {
		return nil, syntaxErr(p.pos, "the filter has more than %d comparisons; split the query", p.lim.Terms)
	}
	p.space()
	start := p.pos
	word := p.word()
	op := Op(strings.ToLower(word))
	switch op {
	case "pr":
		return Present{path}, nil
	case Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le:
		v, err := p.value(op)
		return Compare{path, op, v}, err
	case "":
		return nil, syntaxErr(start, "an operator is missing after %q; use eq, ne, co, sw, ew, gt, ge, lt, le or pr", path.String())
	}
	return nil, syntaxErr(start, "%q is not an operator; use eq, ne, co, sw, ew, gt, ge, lt, le or pr", clip(word))
}

func (p *parser) brackets(path *Path) (Expr, error) {
	open := p.pos
	if path.Sub != "" {
		return nil, syntaxErr(open, "brackets follow an attribute, not a sub-attribute; write %s[…].%s", path.Name, path.Sub)
	}
	p.pos++
	e, err := p.or(true)
	if err != nil {
		return nil, err
	}
	if p.space(); p.peek() != ']' {
		if p.pos >= len(p.text) {
			return nil, syntaxErr(open, "this \"[\" is never closed; add \"]\"")
		}
		return nil, p.unexpected("\"]\", \"and\" or \"or\"")
	}
	p.pos++
	return e, nil
}

// trailing reads the .sub that follows a closing bracket.
func (p *parser) trailing() (string, error) {
	p.pos++
	start := p.pos
	sub := p.word()
	if !isName(sub) {
		return "", syntaxErr(start, "a sub-attribute name must follow \"].\"")
	}
	return sub, nil
}
