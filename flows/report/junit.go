package report

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"fix403/flows/document"
	"fix403/flows/story"
)

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"` // always 0; the schema of Jenkins's xUnit plugin requires it
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      shown         `xml:"name,attr"`
	Class     string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure,omitempty"`
	Skipped   *struct{}     `xml:"skipped,omitempty"`
	SystemOut shown         `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message shown  `xml:"message,attr"`
	Text    shown  `xml:",chardata"`
}

// JUnit returns a run as a JUnit XML test suite, one case a step.
func JUnit(r document.Run) ([]byte, error) {
	suite := junitSuite{Name: "fix403 run", Tests: len(r.Steps)}
	var total int64
	for _, s := range r.Steps {
		total += s.Milliseconds
		c := junitCase{Name: shown(s.ID), Class: "fix403.run", Time: seconds(s.Milliseconds), SystemOut: shown(s.Checked)}
		switch story.Status(s.Result) {
		case story.StatusFailed:
			suite.Failures++
			c.Failure = &junitFailure{Type: "unexpected"}
			if s.Error != nil {
				c.Failure = &junitFailure{Type: s.Error.Kind, Message: shown(s.Error.Message), Text: shown(s.Error.Hint)}
			}
		case story.StatusSkipped, story.StatusOpen:
			suite.Skipped++
			c.Skipped = &struct{}{}
		case story.StatusPassed:
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(total)
	text, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

// Case is a test of a suite, which fails with a message other than "".
type Case struct {
	Name, Failure string
	Milliseconds  int64
}

// JUnitCase is a JUnit XML test suite of one case, which fails with a message other than "".
func JUnitCase(suiteName, name, failure string, milliseconds int64) ([]byte, error) {
	return JUnitCases(suiteName, []Case{{name, failure, milliseconds}})
}

// JUnitCases is a JUnit XML test suite.
func JUnitCases(suiteName string, cases []Case) ([]byte, error) {
	suite := junitSuite{Name: suiteName, Tests: len(cases)}
	var total int64
	for _, one := range cases {
		c := junitCase{Name: shown(one.Name), Class: strings.ReplaceAll(suiteName, " ", "."), Time: seconds(one.Milliseconds)}
		if total += one.Milliseconds; one.Failure != "" {
			suite.Failures++
			c.Failure = &junitFailure{Type: "call-failed", Message: shown(one.Failure)}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(total)
	text, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func seconds(ms int64) string {
	return fmt.Sprintf("%.3f", (time.Duration(ms) * time.Millisecond).Seconds())
}
