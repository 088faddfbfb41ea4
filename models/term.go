package models

// Term is the time in which a deployment method is in charge. Whom the method takes
// over holds its term (User.Term); when the term ends, everybody who holds it is
// manual, and when a change of method is taken back, it stands for its method again.
type Term struct {
	OrganizationID int64  `gorm:"primaryKey"`
	Term           string `gorm:"primaryKey"` // the method's word, then with a number behind TermMark
	Method         Method // what those who hold it are managed by now
	Latest         bool   // what a record gets that its method takes over
}

// TermMark stands between a method and the number of its term; the first has neither.
const TermMark = "~"

// TableName is where terms live.
func (Term) TableName() string { return "terms" }
