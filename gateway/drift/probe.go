package drift

// Probes are the house's own questions, by which replicas are compared at once: nobody's words, so
// that the answers may always be shown side by side. They ask for some reasoning, numbers, code and
// both languages, because a model that is kept in fewer bits slips there first.
var Probes = []string{
	"List the first ten prime numbers, then explain in three sentences why 1 is not among them.",
	"用三句话解释为什么天空是蓝色的，并指出其中涉及的物理学家。",
	"Write a Go function that reverses a UTF-8 string without breaking characters.",
	"A train leaves at 14:35 and arrives at 17:10. How long does the journey take? Show each step.",
	"把“数据库事务具有原子性、一致性、隔离性和持久性”译成英文，再逐条各用一句话说明。",
}

// ProbeTokens is how long the answer to one of them may be.
const ProbeTokens = 128

// A Probed is one of the house's questions with what each replica said.
type Probed struct {
	Asked   string  `json:"asked"`
	Replies []Reply `json:"replies" doc:"in the order of the replicas"`
}

// A Reply is what one replica said.
type Reply struct {
	Replica string `json:"replica"`
	Text    string `json:"text,omitempty"`
	Failed  string `json:"failed,omitempty" doc:"why there is no answer"`
	Differs bool   `json:"differs,omitempty" doc:"from what most of the replicas said; of two that differ, both do"`
	Why     string `json:"why,omitempty" doc:"in what"`
}

// Judge marks who differs in the answers to one question, and counts it as a sample.
func (w *Watch) Judge(p *Probed) {
	var said []*Reply
	for i := range p.Replies {
		if p.Replies[i].Failed == "" {
			said = append(said, &p.Replies[i])
		}
	}
	if len(said) < 2 {
		return
	}
	alike := func(a, b *Reply) (bool, string) { return Same(a.Text, b.Text, w.exact(a.Replica, b.Replica)) }
	var most []*Reply // the largest group that says the same as one of them
	for _, a := range said {
		var group []*Reply
		for _, b := range said {
			if same, _ := alike(a, b); same {
				group = append(group, b)
			}
		}
		if len(group) > len(most) {
			most = group
		}
	}
	if 2*len(most) <= len(said) {
		if len(said) == 2 {
			_, why := alike(said[0], said[1])
			said[0].Differs, said[0].Why, said[1].Differs, said[1].Why = true, why, true, why
			w.note(p.Asked, nil, said, said)
		}
		return // nobody can say who differs
	}
	var differ []*Reply
	for _, a := range said {
		if same, why := alike(most[0], a); !same {
			a.Differs, a.Why = true, why
			differ = append(differ, a)
		}
	}
	w.note(p.Asked, most, differ, said)
}

// note counts the answers to one of the house's questions, and keeps those that differ.
func (w *Watch) note(asked string, most, differ, said []*Reply) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counted(w.precise(said), idsOf(differ), idsOf(most))
	for i, d := range differ {
		c := Case{Replica: d.Replica, Decided: len(most) > 0, Why: d.Why, Asked: asked, Text: d.Text}
		switch {
		case len(most) > 0:
			c.Other, c.Against = most[0].Replica, most[0].Text
		case i == 0:
			c.Other, c.Against = differ[1].Replica, differ[1].Text
		default:
			continue
		}
		w.keep(c)
	}
	w.judge()
}

// precise says whether all of them are compared token by token. The caller holds mu.
func (w *Watch) precise(said []*Reply) bool {
	for _, a := range said {
		if r := w.find(a.Replica); r == nil || r.Fingerprint.Engine != LlamaCpp {
			return false
		}
	}
	return true
}

func idsOf(all []*Reply) (ids []string) {
	for _, r := range all {
		ids = append(ids, r.Replica)
	}
	return ids
}
