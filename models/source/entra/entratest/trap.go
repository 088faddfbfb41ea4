package entratest

// Traps are ways in which Graph is known to answer, each of which a reader has to
// survive. They hold until they are changed.
type Traps struct {
	EmptyPages    bool // a page without objects before each page with some
	Repeats       int  // each object so many times more
	Shuffle       bool // objects in any order
	Spread        bool // the parts of a group's members far from each other
	IgnoreMinimal bool // all selected properties although only changed ones are preferred
	RemovedFirst  bool // a first round also tells what was removed long ago
	Replay        bool // a round tells once more what the round before it told
	Typeless      bool // members without a type
	NoReason      bool // members that left without a reason
	// Half are the ids of objects of which only id and kind are shown.
	Half map[string]bool
}

// Trap changes the traps.
func (g *Graph) Trap(change func(*Traps)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.traps)
}
