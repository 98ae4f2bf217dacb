package parse

func readPDF(f *file) (*Document, error) { return nil, f.skipped("is PDF", "") }
