package answer

// An Expert is a model that writes where a question is of its field: a small one, with versions, a gate
// and a rhythm of its own.
type Expert struct {
	Name    string   `json:"name"`
	Model   string   `json:"model"`
	About   []string `json:"about,omitempty" doc:"sentences or questions, in any language, that say what it is for"`
	Corpora []string `json:"corpora,omitempty" doc:"of the assistant's: what is answered from these is the expert's"`
}

// Required is the setting gate of an assistant or a space whose versions have to be admitted before they are in use.
const Required = "required"
