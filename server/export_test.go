package server

// Routes are the doors of the interfaces for programs, as "METHOD path".
func Routes() (out []string) {
	for _, r := range apiRoutes() {
		out = append(out, r.method+" "+r.path)
	}
	return out
}

// AllRoutes are all doors of the house, as "METHOD path".
func AllRoutes() (out []string) {
	for _, r := range tables() {
		out = append(out, r.method+" "+r.path)
	}
	return out
}
