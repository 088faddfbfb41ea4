package mapping

import (
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// Reason tells why a rule matches a user, or does not.
type Reason struct {
	Mapping models.Mapping
	Matched bool
	Wins    bool   // it is the first that matches
	Note    string // about the rule as a whole, such as that an earlier one won
	Clauses []Clause
}

// Clause is one of the conditions that must all hold for a rule to match.
type Clause struct {
	Text string // what the rule wants: department is “Sales”
	OK   bool
	Got  string // what the user has: department is “sales ”
	Hint string // why that is close and yet no match, a sentence; "" when it is not close
}

// Failing gives the clauses that do not hold.
func (r Reason) Failing() []Clause {
	return slices.DeleteFunc(slices.Clone(r.Clauses), func(c Clause) bool { return c.OK })
}

// Sentence tells what the user has and the rule wants: department is “sales ”; the
// rule wants department is “Sales”. There is a space at the end.
func (c Clause) Sentence() string {
	if c.OK {
		return c.Text + "."
	}
	s := "the rule wants " + c.Text + "."
	if c.Got != "" {
		s = c.Got + "; " + s
	}
	return strings.TrimSpace(s + " " + c.Hint)
}

// Explain asks every rule, in order, and tells of each what holds and what does not.
func (r *Rules) Explain(s Subject, groupName func(id string) string) []Reason {
	if r == nil {
		return nil
	}
	var winner *models.Mapping
	out := make([]Reason, 0, len(r.list))
	for i := range r.list {
		c := &r.list[i]
		reason := Reason{Mapping: c.Mapping, Matched: c.match(s), Clauses: r.clauses(c, s, groupName)}
		switch {
		case reason.Matched && winner == nil:
			reason.Wins, winner = true, &c.Mapping
		case reason.Matched:
			reason.Note = fmt.Sprintf("It matches too, but “%s” is asked earlier and won.", winner.Name)
		}
		out = append(out, reason)
	}
	return out
}

// Nearest gives the rule that came closest without matching: the one with the
// fewest failing clauses, of those one where a hint says what is amiss, of those the
// earliest.
func Nearest(reasons []Reason) (Reason, bool) {
	best, found := Reason{}, false
	cost := func(r Reason) int {
		failing := r.Failing()
		n := 2 * len(failing)
		if len(failing) > 0 && !slices.ContainsFunc(failing, func(c Clause) bool { return c.Hint != "" }) {
			n++
		}
		return n
	}
	for _, r := range reasons {
		if !r.Matched && (!found || cost(r) < cost(best)) {
			best, found = r, true
		}
	}
	return best, found
}

// NearMiss says in a sentence which rule came closest to a user and what stands in
// its way; "" without rules.
func (r *Rules) NearMiss(s Subject, groupName func(id string) string) string {
	near, ok := Nearest(r.Explain(s, groupName))
	if !ok {
		return ""
	}
	failing := near.Failing()
	sentences := make([]string, len(failing))
	for i, clause := range failing {
		sentences[i] = clause.Sentence()
	}
	return "Closest is mapping “" + near.Mapping.Name + "”: " + strings.Join(sentences, " Also: ")
}

// clauses takes a rule apart into what must hold together.
func (r *Rules) clauses(c *rule, s Subject, groupName func(string) string) []Clause {
	var out []Clause
	if len(c.Groups) > 0 {
		out = append(out, groupClause(c, s, groupName))
	}
	if c.Filter != "" && c.expr == nil {
		_, err := Parse(c.Filter, r.types)
		return append(out, Clause{Text: c.Filter, Hint: fmt.Sprintf("The rule is broken and matches nobody. %v", err)})
	}
	if c.expr != nil {
		e := explainer{doc: s.Document, types: Exactness(r.types, c.CaseExact), exact: c.CaseExact}
		for _, part := range conjuncts(c.expr) {
			out = append(out, e.clause(part))
		}
	}
	if len(out) == 0 {
		out = append(out, Clause{Text: "everyone", OK: true})
	}
	return out
}

// conjuncts are the conditions that an expression joins by and.
func conjuncts(e filter.Expr) []filter.Expr {
	if and, ok := e.(filter.And); ok {
		return append(conjuncts(and.Left), conjuncts(and.Right)...)
	}
	return []filter.Expr{e}
}

// disjuncts are the conditions that an expression joins by or.
func disjuncts(e filter.Expr) []filter.Expr {
	if or, ok := e.(filter.Or); ok {
		return append(disjuncts(or.Left), disjuncts(or.Right)...)
	}
	return []filter.Expr{e}
}

const groupsTold = 5

func groupClause(c *rule, s Subject, groupName func(string) string) Clause {
	wanted := make([]string, len(c.Groups))
	for i, id := range c.Groups {
		wanted[i] = groupName(id)
	}
	clause := Clause{Text: "is a member of " + listedNames(wanted), OK: c.inGroup(s.Groups)}
	if len(wanted) > 1 {
		clause.Text = "is a member of any of " + listedNames(wanted)
	}
	var in, near []string
	for _, id := range s.Groups {
		name := groupName(id)
		in = append(in, name)
		if slices.Contains(c.Groups, id) {
			clause.Got = "is in “" + name + "”"
		}
		if slices.ContainsFunc(wanted, func(w string) bool { return alike(w, name) }) {
			near = append(near, name)
		}
	}
	switch {
	case clause.OK:
		return clause
	case len(in) == 0:
		clause.Got = "is in no group"
	case len(in) > groupsTold:
		clause.Got = fmt.Sprintf("is in %s and %d more groups", listedNames(in[:groupsTold]), len(in)-groupsTold)
	default:
		clause.Got = "is in " + listedNames(in)
	}
	if len(near) > 0 {
		clause.Hint = "The name of " + listedNames(near) + " is close, but it is another group."
	}
	return clause
}

func listedNames(names []string) string {
	return "“" + strings.Join(names, "”, “") + "”"
}
