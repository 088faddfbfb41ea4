package models

// ReadJSON reads origins as AppendJSON writes them.
func (o *Origins) ReadJSON(stored string) bool {
	r := newStoredJSON(stored)
	var read Origins
	r.wants('{')
	r.each('}', func() {
		switch r.key() {
		case "c":
			r.wants('[')
			r.each(']', func() { read.Changes = append(read.Changes, r.origin()) })
		case "a":
			read.Attrs = make(map[string]int, 24)
			r.wants('{')
			r.each('}', func() {
				path := r.key()
				read.Attrs[path] = int(r.whole())
			})
		default:
			r.odd = true
		}
	})
	if r.odd || r.text != "" {
		return false
	}
	*o = read
	return true
}

func (r *storedJSON) origin() Origin {
	var o Origin
	r.wants('{')
	r.each('}', func() {
		switch r.key() {
		case "s":
			o.Source = Method(r.string())
		case "k":
			o.Kind = ActorKind(r.string())
		case "n":
			o.Name = r.string()
		case "c":
			o.ChangeID = r.string()
		case "t":
			o.At = Time(r.whole())
		case "r":
			o.Rule = r.string()
		default:
			r.odd = true
		}
	})
	return o
}

func (r *storedJSON) whole() int64 {
	n, err := r.number().Int64()
	r.odd = err != nil || r.odd
	return n
}
