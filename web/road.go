package web

// A Station is a place on the road from what people ask to what answers them. The page draws it as a
// mark on a line with the newest thing that is there.
type Station struct {
	Key     string // its words are "station.KEY" and, where nothing is there yet, "unreached.KEY"
	Href    string // where the newest thing is shown; "" nowhere
	Big     int
	More    bool // there are more than Big
	Percent bool // Big is one
	Name    string
	Hash    string
	Ink     string // as learningInk says
	State   string // key of what Ink stands for; "" nothing
	Note    string // key of a line below that counts N; "" none
	N       int
	Warn    bool // the note asks for a look
	Here    bool // somebody is awaited here: the reader
}

// Empty says that nothing is there yet.
func (s Station) Empty() bool { return s.Name == "" && s.Note == "" && s.Big == 0 }

// Road lays out what this page knows of.
func (p LearningPage) Road() []Station {
	samples := Station{Key: "samples", Big: p.Samples, More: p.More, Href: "/learning/samples"}
	if p.Aside > 0 {
		samples.Note, samples.N, samples.Warn = "learning.aside", p.Aside, true
	}
	road := []Station{samples, p.judgingStation(), p.setStation()}
	if p.Trains {
		road = append(road, p.runStation())
	}
	return append(road, p.gateStation(), p.releaseStation())
}

// judgingStation counts what was judged of all open tasks; the newest one stands for them.
func (p LearningPage) judgingStation() Station {
	s := Station{Key: "judging"}
	waits := 0
	for _, t := range p.Tasks {
		s.Big, waits = s.Big+t.Judged, waits+t.Waiting
	}
	if len(p.Tasks) > 0 {
		s.Href, s.Name = "/learning/judging", p.Tasks[0].Name
	}
	if waits > 0 {
		s.Note, s.N, s.Here = "judging.wait", waits, true
	}
	return s
}

func (p LearningPage) releaseStation() Station {
	s := Station{Key: "releases"}
	if len(p.Releases) > 0 {
		x := p.Releases[0]
		s.Href, s.Name, s.Ink, s.State, s.Big = "/learning/releases/"+x.ID, x.Model, x.Ink(), "released."+x.State, len(p.Releases)
		if x.State == "running" || x.State == "paused" {
			s.Big, s.Percent = (x.Share+50)/100, true
		}
	}
	return s
}

func (p LearningPage) setStation() Station {
	s := Station{Key: "sets", Big: len(p.Sets)}
	if len(p.Sets) > 0 {
		x := p.Sets[0]
		s.Href, s.Name, s.Hash, s.Note, s.N = "/learning/sets/"+x.Hash, x.Name, x.Hash, "learning.rows", x.Rows
	}
	return s
}

func (p LearningPage) runStation() Station {
	s := Station{Key: "training"}
	if len(p.Runs) > 0 {
		x := p.Runs[0]
		s.Href, s.Name, s.Ink, s.State, s.Big = "/learning/runs/"+x.ID, x.Name, x.Ink(), "trained."+x.State, len(p.Runs)
		if x.State == "running" {
			s.Big, s.Percent = x.Percent(), true
		}
	}
	return s
}

func (p LearningPage) gateStation() Station {
	s := Station{Key: "gate", Big: len(p.Reports)}
	if len(p.Reports) > 0 {
		x := p.Reports[0]
		s.Href, s.Name, s.Ink, s.State = "/learning/gate/"+x.ID, x.Subject, x.Ink(), "gate."+x.Word()
	}
	return s
}
