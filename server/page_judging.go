package server

// judgingPageRoutes are the pages on which people judge.
func judgingPageRoutes() []route { return nil }
