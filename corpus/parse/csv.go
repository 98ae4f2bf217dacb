package parse

func readCSV(f *file) (*Document, error)  { return readText(f) }
func readDOCX(f *file) (*Document, error) { return readText(f) }
func readXLSX(f *file) (*Document, error) { return readText(f) }
func readPDF(f *file) (*Document, error)  { return readText(f) }
