package transform

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// gentle replaces operators by functions that know absent values: nothing added to a
// text is the text, nothing is smaller than nothing, no part of nothing is nothing.
// The names of those functions begin with a sign that nobody can type.
type gentle struct{}

// Visit replaces one part of an expression.
func (gentle) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		if _, ok := operators["@"+n.Operator]; ok {
			call(node, n.Operator, n.Left, n.Right)
		}
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			call(&n.Node, "truth", n.Node)
		}
	case *ast.ConditionalNode:
		call(&n.Cond, "truth", n.Cond)
	case *ast.MemberNode:
		call(node, "part", n.Node, n.Property)
	case *ast.ChainNode:
		ast.Patch(node, n.Node) // its parts are gentle already
	case *ast.BuiltinNode:
		through(n)
	}
	if n, ok := (*node).(*ast.BinaryNode); ok && (n.Operator == "and" || n.Operator == "or" || n.Operator == "&&" || n.Operator == "||") {
		call(&n.Left, "truth", n.Left)
		call(&n.Right, "truth", n.Right)
	}
	if n, ok := (*node).(*ast.BinaryNode); ok && n.Operator == "matches" {
		call(&n.Left, "text", n.Left)
	}
}

// through makes the list that is looked through and the condition gentle.
func through(n *ast.BuiltinNode) {
	if len(n.Arguments) != 2 {
		return
	}
	call(&n.Arguments[0], "list", n.Arguments[0])
	if p, ok := n.Arguments[1].(*ast.PredicateNode); ok && n.Name != "map" {
		call(&p.Node, "truth", p.Node)
	}
}

func call(node *ast.Node, name string, args ...ast.Node) {
	if c, ok := (*node).(*ast.CallNode); ok && len(args) == 1 {
		if callee, ok := c.Callee.(*ast.IdentifierNode); ok && callee.Value == "@"+name {
			return
		}
	}
	ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: "@" + name}, Arguments: args})
}

type operator struct {
	call func(args ...any) (any, error)
	as   any // its type, for the library's checks
}

var operators = map[string]operator{
	"@+":          {plus, new(func(a, b any) any)},
	"@-":          {arithmetic("-"), new(func(a, b any) any)},
	"@*":          {arithmetic("*"), new(func(a, b any) any)},
	"@/":          {arithmetic("/"), new(func(a, b any) any)},
	"@%":          {arithmetic("%"), new(func(a, b any) any)},
	"@<":          {order("<"), new(func(a, b any) bool)},
	"@<=":         {order("<="), new(func(a, b any) bool)},
	"@>":          {order(">"), new(func(a, b any) bool)},
	"@>=":         {order(">="), new(func(a, b any) bool)},
	"@contains":   {within(strings.Contains), new(func(a, b any) bool)},
	"@startsWith": {within(strings.HasPrefix), new(func(a, b any) bool)},
	"@endsWith":   {within(strings.HasSuffix), new(func(a, b any) bool)},
	"@truth":      {truth, new(func(a any) bool)},
	"@part":       {part, new(func(a, b any) any)},
	"@text":       {text, new(func(a any) string)},
	"@list":       {list, new(func(a any) []any)},
}

// plus adds numbers and joins texts; what is absent adds nothing.
func plus(args ...any) (any, error) {
	a, b := args[0], args[1]
	if a == nil && b == nil {
		return nil, nil
	}
	_, textA := a.(string)
	_, textB := b.(string)
	if !textA && !textB {
		return arithmetic("+")(a, b)
	}
	left, err := textOf(a)
	if err != nil {
		return nil, err
	}
	right, err := textOf(b)
	if err != nil {
		return nil, err
	}
	return bounded(left + right)
}

// bounded refuses a text that grew too long, before it can grow further.
func bounded(s string) (any, error) {
	if len(s) > resultMost && utf8.RuneCountInString(s) > resultMost {
		return nil, fmt.Errorf("a text grows beyond %d characters", resultMost)
	}
	return s, nil
}

func arithmetic(op string) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		if args[0] == nil || args[1] == nil {
			if op == "+" {
				return cmp.Or(args[0], args[1]), nil
			}
			return nil, nil
		}
		a, okA := numberOf(args[0])
		b, okB := numberOf(args[1])
		if !okA || !okB {
			return nil, fmt.Errorf("the operator %s needs numbers on both sides", op)
		}
		switch op {
		case "+":
			a += b
		case "-":
			a -= b
		case "*":
			a *= b
		case "/", "%":
			return divided(op, a, b)
		}
		return tidy(a), nil
	}
}

func divided(op string, a, b float64) (any, error) {
	if b == 0 {
		return nil, errors.New("something is divided by zero")
	}
	if op == "/" {
		return tidy(a / b), nil
	}
	m := int64(b)
	if m == 0 {
		return nil, errors.New("the operator % needs whole numbers")
	}
	return int(int64(a) % m), nil
}

// tidy makes a whole number one.
func tidy(f float64) any {
	if f >= -1<<53 && f <= 1<<53 && f == float64(int64(f)) {
		return int(int64(f))
	}
	return f
}

// order compares numbers with numbers and texts with texts; to what is absent
// nothing compares.
func order(op string) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		a, b := args[0], args[1]
		if a == nil || b == nil {
			return false, nil
		}
		var c int
		textA, okA := a.(string)
		textB, okB := b.(string)
		if okA && okB {
			c = cmp.Compare(textA, textB)
		} else {
			x, okX := numberOf(a)
			y, okY := numberOf(b)
			if !okX || !okY {
				return false, fmt.Errorf("the operator %s compares two numbers or two texts", op)
			}
			c = cmp.Compare(x, y)
		}
		switch op {
		case "<":
			return c < 0, nil
		case "<=":
			return c <= 0, nil
		case ">":
			return c > 0, nil
		}
		return c >= 0, nil
	}
}

func within(holds func(s, part string) bool) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		if args[0] == nil || args[1] == nil {
			return false, nil
		}
		a, err := textOf(args[0])
		if err != nil {
			return false, err
		}
		b, err := textOf(args[1])
		return err == nil && holds(a, b), err
	}
}

// truth reads a condition: what is absent does not hold.
func truth(args ...any) (any, error) {
	switch v := args[0].(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	}
	return false, fmt.Errorf("%s stands where a condition is needed; compare it with ==", quoted(args[0]))
}

// part gives a part of a value, an item of a list counted from 0 (or from the end
// below 0), or the parts of all items.
func part(args ...any) (any, error) {
	switch from := args[0].(type) {
	case nil:
		return nil, nil
	case map[string]any:
		name, ok := args[1].(string)
		if !ok {
			return nil, errors.New("the parts of a value have names")
		}
		return from[name], nil
	case []any:
		if name, ok := args[1].(string); ok {
			return parts(from, name), nil
		}
		n, ok := numberOf(args[1])
		if !ok {
			return nil, errors.New("the items of a list have numbers")
		}
		i := int(n)
		if i < 0 {
			i += len(from)
		}
		if i < 0 || i >= len(from) {
			return nil, nil
		}
		return from[i], nil
	}
	return nil, fmt.Errorf("%s has no parts", quoted(args[0]))
}

func parts(list []any, name string) any {
	out := []any{}
	for _, item := range list {
		if m, ok := item.(map[string]any); ok && m[name] != nil {
			out = append(out, m[name])
		}
	}
	return out
}

func text(args ...any) (any, error) { return textOf(args[0]) }

// list makes one value a list of one, and nothing an empty one.
func list(args ...any) (any, error) {
	switch v := args[0].(type) {
	case nil:
		return []any{}, nil
	case []any:
		return v, nil
	}
	return []any{args[0]}, nil
}
