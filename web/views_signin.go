package web

// SignInPage is `/signin`.
type SignInPage struct {
	Frame
	Name      string // what was typed
	Back      string // where to go then
	Passwords bool   // people may come in by a password
	Providers []SignInProvider
	Keys      bool            // the settings file declares keys, which are no people's
	Nobody    bool            // nobody was added to this house yet
	Out       bool            // somebody just signed out
	OutAt     *SignInProvider // where they are signed in still, with the address to sign out
	Problem   *Problem
}

// A SignInProvider says who people are. Address is where it is asked.
type SignInProvider struct{ Name, Title, Address string }

// AccountPage is `/account`.
type AccountPage struct {
	Frame
	Name, Email string
	Groups      []string
	Person      bool // is in the list of people, and so may have a password and sessions
	Passwords   bool // may come in by a password
	Sessions    []SessionRow
	Limits      []Limit // of the person, with what they have used
	Done        string  // "password", "ended" or "others"
	Problem     *Problem
}

// A SessionRow is a browser in which somebody is signed in. Times are UTC microseconds.
type SessionRow struct {
	ID, Address, Agent, Way string
	Created, Seen, Expires  int64
	Current                 bool
}

// Others says that there are sessions beside the present one.
func (p AccountPage) Others() bool {
	for _, s := range p.Sessions {
		if !s.Current {
			return true
		}
	}
	return false
}
