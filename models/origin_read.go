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
			read.Attrs = r.written()
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

// written reads paths in their order, as they were stored; any other is odd.
func (r *storedJSON) written() Written {
	list := make(Written, 0, 24)
	r.wants('{')
	r.each('}', func() {
		path := r.key()
		r.odd = r.odd || len(list) > 0 && list[len(list)-1].Path >= path
		list = append(list, WrittenPath{path, int(r.whole())})
	})
	if len(list) == 0 {
		return nil
	}
	return list
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
