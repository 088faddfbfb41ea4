package transform

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"muster/models"
	"muster/models/filter"
)

// predicates are the functions of the library that look through a list.
var predicates = []string{"filter", "map", "any", "all", "none", "find"}

// guard walks an expression as it was written and refuses what could cost much, what
// no record has, and what nobody needs here.
type guard struct {
	names   map[string]found
	refusal *models.Error
}

// Visit sees every part of the expression, parts before the whole.
func (g *guard) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		g.name(n)
	case *ast.CallNode:
		g.call(n)
	case *ast.MemberNode:
		g.member(n)
	case *ast.PredicateNode:
		if nested(n.Node) {
			g.refuse("The expression looks through a list within a list.", "Look through one list, and use workEmail or the value of one type for the other.")
		}
	case *ast.BinaryNode:
		g.binary(n)
	case *ast.SliceNode:
		g.refuse("A part of a text or list cannot be cut out with [ : ].", "Use left, right or mid.")
	case *ast.BuiltinNode:
		if !slices.Contains(predicates, n.Name) {
			g.unknown(n.Name)
		}
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		g.refusal = nil // of the variable's name
		g.refuse("An expression has no variables and no steps.", "Write it as one expression; compute a part of it in another attribute’s mapping if it grows long.")
	case *ast.MapNode:
		g.refuse("The expression makes a value with parts.", "Compute one attribute at a time.")
	}
}

func (g *guard) refuse(msg, advice string) {
	if g.refusal == nil {
		g.refusal = unreadable("%s", msg).WithAdvice("%s", advice)
	}
}

func (g *guard) name(n *ast.IdentifierNode) {
	if _, ok := g.names[n.Value]; ok {
		return
	}
	if _, ok := aliases[n.Value]; ok {
		return
	}
	if isFunction(n.Value) {
		return
	}
	near := g.near(n.Value)
	msg, advice := "No user has an attribute "+n.Value+".", "Text stands in double quotes. For other names see the list beside the form."
	if near != "" {
		advice = "Perhaps " + near + " is meant. Text stands in double quotes."
	}
	if slices.Contains(unseen, n.Value) {
		msg, advice = n.Value+" is nothing that an expression can read: Muster itself answers for it.", "Use an attribute that the directory sends."
	}
	g.refuse(msg, advice)
}

func (g *guard) call(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		g.refusal = unreadable("A value has no functions of its own.").WithAdvice("Write the value between the brackets: lower(title).")
		return
	}
	if !isFunction(callee.Value) {
		g.unknown(callee.Value)
	}
}

func (g *guard) unknown(function string) {
	g.refusal = unreadable("There is no function %s.", function).WithAdvice("Use one of %s.", strings.Join(functionNames(), ", "))
}

// member checks the part of an attribute that has fixed ones.
func (g *guard) member(n *ast.MemberNode) {
	base, isName := n.Node.(*ast.IdentifierNode)
	part, isPart := n.Property.(*ast.StringNode)
	if !isName || !isPart {
		return
	}
	f, ok := g.names[base.Value]
	if !ok {
		return
	}
	if f.attr.Type != filter.Complex {
		g.refuse(base.Value+" has no parts.", "Write "+base.Value+" alone.")
		return
	}
	if named(f.attr.SubAttributes, part.Value) == nil {
		parts := make([]string, len(f.attr.SubAttributes))
		for i, s := range f.attr.SubAttributes {
			parts[i] = s.Name
		}
		g.refuse(base.Value+" has no part "+part.Value+".", "Its parts are "+strings.Join(parts, ", ")+".")
	}
}

func (g *guard) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "..":
		g.refuse("An expression makes no ranges of numbers.", "Name the values, or use left and right.")
	case "**", "^":
		g.refuse("An expression raises nothing to a power.", "Use +, -, * and /.")
	case "matches":
		if _, fixed := n.Right.(*ast.StringNode); !fixed {
			g.refuse("The pattern behind matches is not written out.", `Write it in double quotes: title matches "^Head of".`)
		}
	}
}

// nested tells whether a condition on the values of a list looks through another.
func nested(condition ast.Node) bool {
	return ast.Find(condition, func(n ast.Node) bool { _, ok := n.(*ast.PredicateNode); return ok }) != nil
}

// near is the name that was probably meant: the same in another case, or one that
// begins alike.
func (g *guard) near(name string) string {
	all := make([]string, 0, len(g.names)+len(aliases))
	for n := range g.names {
		all = append(all, n)
	}
	for n := range aliases {
		all = append(all, n)
	}
	slices.Sort(all)
	low := strings.ToLower(name)
	for _, same := range []func(string) bool{
		func(have string) bool { return have == low },
		func(have string) bool {
			return len(low) > 2 && (strings.HasPrefix(have, low) || strings.HasPrefix(low, have))
		},
		func(have string) bool { return len(low) > 3 && strings.HasPrefix(have, low[:3]) },
	} {
		for _, n := range all {
			if same(strings.ToLower(n)) {
				return n
			}
		}
	}
	for _, n := range all {
		if f, ok := g.names[n]; ok && !f.attr.MultiValued && named(f.attr.SubAttributes, name) != nil {
			return n + "." + name
		}
	}
	return ""
}
