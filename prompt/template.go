package prompt

// A Template is the frame of a prompt: a Go text/template with what is declared in front
// of it. It is tried before it is one, and immutable.
type Template struct {
	Name        string              `json:"name"`
	Description string              `json:"description,omitempty"`
	Variables   map[string]Variable `json:"variables,omitempty"`
	Text        string              `json:"text"` // the whole file, its front matter included
	Hash        string              `json:"hash"` // of the version
}

// A Variable is what an assistant may set in a template.
type Variable struct {
	Type    string   `json:"type" yaml:"type"` // "string", "number", "bool", "choice"
	Default any      `json:"default,omitempty" yaml:"default"`
	Choices []string `json:"choices,omitempty" yaml:"choices"` // of a "choice"
	Doc     string   `json:"doc,omitempty" yaml:"doc"`
}

// ParseTemplate reads a template file and tries it, so that a mistake is found when it is
// saved and not when somebody asks. name is used where the front matter gives none.
func ParseTemplate(name, text string) (*Template, error) { panic("being built") }

// Default is the built-in template.
func Default() *Template { panic("being built") }
