// Package lesson gives lessons: scenarios that are carried out scene by scene, at the pace of whoever presents
// them, each on a Sandbank of its own.
//
//	Begin ─▶ Player ─▶ waits before each scene ─▶ Next: question ─▶ Next: the scene's steps ─▶ a page is kept
//	                                              Back: the page before
//
// It knows nothing of Sandbanks: the [Player] brings the one on which a lesson is given, and its pictures.
package lesson
