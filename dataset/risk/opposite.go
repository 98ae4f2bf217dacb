package risk

import (
	"hash/maphash"

	"wenyuan/dataset/form"
)

// opposites remembers which way samples were judged, by the hash of what was judged.
type opposites struct {
	s       maphash.Seed
	made    bool
	most    int
	seen    map[uint64]side
	against map[uint64]bool
}

type side int8

func (o *opposites) seed() maphash.Seed {
	if !o.made {
		o.s, o.made = maphash.MakeSeed(), true
	}
	return o.s
}

func (o *opposites) add(x Sample) {
	k, which, ok := sideOf(o.seed(), x.Row)
	if !ok {
		return
	}
	if was, seen := o.seen[k]; seen && was != which {
		if o.against == nil {
			o.against = map[uint64]bool{}
		}
		o.against[k] = true
	} else if !seen && len(o.seen) < 4*o.most {
		o.seen[k] = which
	}
}

// sideOf names what a row judges, and which way: of a preference the question with both answers,
// of a label the conversation. Not ok: the row judges nothing.
func sideOf(seed maphash.Seed, r form.Row) (key uint64, which side, ok bool) {
	var h maphash.Hash
	h.SetSeed(seed)
	switch {
	case r.Kind == form.Preference:
		a, b := said(r.Chosen), said(r.Rejected)
		if a == b {
			return 0, 0, false
		}
		which = 1
		if a > b {
			a, b, which = b, a, -1
		}
		_, _ = h.WriteString(said(r.Messages) + "\x00" + a + "\x00" + b) // a hash takes everything
	case r.Good != nil:
		if which = -1; *r.Good {
			which = 1
		}
		_, _ = h.WriteString(said(r.Messages)) // as above
	default:
		return 0, 0, false
	}
	return h.Sum64(), which, true
}
