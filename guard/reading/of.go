package reading

const maxDepth, maxDecoded, maxViews = 4, 256 << 10, 48

// Of folds a text and decodes whatever in it is written in another code.
func Of(raw string) *Text { return Fold(raw) }
