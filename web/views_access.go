package web

// A Viewer is who looks at the console.
type Viewer struct {
	Name string
	Role string // the strongest in this space: "operator", "owner", …; "" for a role that needs no word
	Out  bool   // came by signing in, and so can sign out
}

// Places of the rail, which a person may not be able to use.
const (
	AskPlace        = "ask"
	LibraryPlace    = "library"
	AssistantsPlace = "assistants"
	GatewayPlace    = "gateway"
	RecordsPlace    = "records"
	AccessPlace     = "access"
	GuardsPlace     = "guards"
	LearningPlace   = "learning"
)

// Shows says that a place is listed in the rail.
func (f Frame) Shows(place string) bool {
	for _, h := range f.Hidden {
		if h == place {
			return false
		}
	}
	return true
}

// Reads says that a place of the first group of the rail is listed.
func (f Frame) Reads() bool { return f.Shows(AskPlace) || f.Shows(LibraryPlace) }

// Runs says that a place of the last group of the rail is listed.
func (f Frame) Runs() bool {
	return f.Shows(GatewayPlace) || f.Shows(RecordsPlace) || f.Shows(AccessPlace)
}

// A Reader is somebody whom a rule names, or everybody of a kind.
type Reader struct {
	Kind string // "person", "group", "service", "space" or "public"
	Name string // "" for "space" and "public"
}

// PeoplePage is `/access/people`. After and Next are the address's `after` of this page and of
// the following one, "" on the first and the last.
type PeoplePage struct {
	Frame
	People      []Person
	Query       string
	After, Next string
	Total       int
	Operates    bool   // may add operators, and people to no space
	Draft       Person // what was typed, after a problem
	Role        string // likewise
	Done, Whom  string // what was just done to whom: "added", "removed", "erased"
	Problem     *Problem
	Erased      []Amount  // what was taken away of somebody who was just erased
	Remains     []Remains // what stays of them
}

// Remains is what stays of somebody who was erased, and why.
type Remains struct {
	Kind  string // "version", "rule" or "backup"
	Count int
	Why   string
}

// A Person is somebody who may come in, or a program with keys of its own. Times are UTC
// microseconds.
type Person struct {
	ID, Name, Email string
	Service         bool
	Operator        bool
	Disabled        bool
	You             bool
	Roles           []string // in the space of the page
	Groups          []string
	Created, Seen   int64 // Seen is 0 for who was never here
}

// PersonPage is `/access/people/{id}`.
type PersonPage struct {
	Frame
	Person   Person
	Roles    []SpaceRole
	Groups   []Membership
	Keys     []Key
	Sessions int
	Operates bool     // may change the person, export and erase
	May      []string // rights that a new key can be held to
	Own      []string // spaces that the asker may give roles in
	Last     bool     // the last operator, who can be neither removed nor disabled
	LookWhy  string   // why the console cannot be looked at as this person; "" where it can
	Done     string
	Made     *Key
	Problem  *Problem
}

// A SpaceRole is a role in a space, and the group that brings it.
type SpaceRole struct {
	Space, Role string
	Through     string // "" for one that was given to the person
}

// A Membership is a group that somebody is in, and the group through which.
type Membership struct {
	Name    string
	Through string // "" for a direct one
}

// An Amount is a number of things that a word names.
type Amount struct {
	Of string
	N  int
}

// GroupsPage is `/access/groups`.
type GroupsPage struct {
	Frame
	Groups     []PeopleGroup
	Name       string // what was typed, after a problem
	Operates   bool
	Done, Whom string
	Problem    *Problem
}

// A PeopleGroup is a row of the groups. People counts everybody in it, through other groups too.
type PeopleGroup struct {
	ID, Name string
	Members  int
	People   int
	External bool // an identity provider says who is in it
}

// GroupPage is `/access/groups/{id}`.
type GroupPage struct {
	Frame
	Group    PeopleGroup
	Members  []Member
	In       []Membership // the groups that it is in
	Typed    string
	Operates bool
	Done     string
	Problem  *Problem
}

// A Member of a group, or of a group in it.
type Member struct {
	Kind     string // "person", "service" or "group"
	ID, Name string
	Depth    int    // 0 for a direct member
	Source   string // "hand", or the provider that says so
	People   int    // of a group
	Disabled bool
}

// SpacesPage is `/access/spaces`.
type SpacesPage struct {
	Frame
	Spaces     []Space
	Name       string
	Operates   bool
	Done, Whom string
	Problem    *Problem
}

// A Space is a row of the spaces.
type Space struct {
	Name      string
	Members   int
	Record    string // "all", "metadata" or "none"
	Retention int    // days; 0 for ever
	Gated     bool   // versions of assistants have to be admitted before they are in use
	Here      bool
	Yours     bool // the asker may look after it
}

// SpacePage is `/access/spaces/{name}`.
type SpacePage struct {
	Frame
	Space      Space
	Members    []SpaceMember
	Shares     []Share
	Assistants []string // that can be shared
	Typed      string
	Done       string
	Problem    *Problem
}

// A SpaceMember has roles in a space.
type SpaceMember struct {
	Reader
	Roles    []string
	Disabled bool
}

// A Share is an assistant that somebody outside the space may ask.
type Share struct {
	Assistant string
	With      Reader
}
