package models

// EvaluationState is how far a re-evaluation is.
type EvaluationState string

// The states. A stopped one goes on where it was when it is resumed.
const (
	EvaluationRunning EvaluationState = "running"
	EvaluationStopped EvaluationState = "stopped"
	EvaluationDone    EvaluationState = "done"
)

// Evaluation brings every user of an organization in line with its mappings, in the
// background: after a rule changed, or a group in groups did.
type Evaluation struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Method         Method
	State          EvaluationState
	Reason         string // what made it necessary, a sentence
	StartedBy      string
	Guarded        bool  // a directory made it necessary: its guard and the protected are minded
	Whole          bool  // everybody is looked at, not only who seems misplaced: attributes are computed anew
	Again          bool  // something changed since it began: another pass follows
	Cursor         int64 // key of the last user looked at
	Total          int64 // users to look at
	Seen           int64
	Changed        int64
	Failed         int64
	LastError      string
	Started        Time
	Updated        Time
	Ended          Time
	StoppedBy      string
}

// TableName is where evaluations live.
func (Evaluation) TableName() string { return "evaluations" }

// AttachRun stands in Evaluation.Method for the run that gives users whom nobody
// manages to the method in charge: it works as an evaluation does, a window of users
// at a time, and there is one of it in an organization.
const AttachRun = "attach"

// Attaches tells whether the run is one that attaches users.
func (e Evaluation) Attaches() bool { return e.Method == AttachRun }
