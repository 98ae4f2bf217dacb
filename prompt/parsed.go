package prompt

import "sync"

// maxParsed is how many templates stay ready to be used.
const maxParsed = 64

// parsedTemplates keeps templates that were read lately: a version never changes, and
// parsing one takes longer than using it.
type parsedTemplates struct {
	mu  sync.Mutex
	all map[kept]*Template
}

var parsed = &parsedTemplates{all: map[kept]*Template{}}

// of gives the template of a version.
func (p *parsedTemplates) of(k kept) (*Template, error) {
	p.mu.Lock()
	t, ok := p.all[k]
	p.mu.Unlock()
	if ok {
		return t, nil
	}
	t, err := ParseTemplate(k.Name, k.Text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) >= maxParsed {
		clear(p.all)
	}
	p.all[k] = t
	return t, nil
}
