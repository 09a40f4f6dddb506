"""A rehearsal: synthetic participants and assessors go through a whole centre over HTTP, and what they sent is compared.

The dry run of a centre and the load test in one. ``services.rehearsals`` makes and removes the marked copy; here are
the people (participant, assessor), what they write (material), how they talk (wire, visitor), what was measured
(figures) and sent (sent), the comparison with what is stored (comparison), and the course of it all (course).
"""
