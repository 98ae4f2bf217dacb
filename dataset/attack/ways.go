package attack

var ways []Way

var mistakes []Mistake
