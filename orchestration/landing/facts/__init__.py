"""The landing of facts of the business (budgets, rates, invoices, …): the same door as bills, a shorter way.

A delivery is one snapshot: the newest replaces the former whole. Raw keeps it as text, cell by cell as it came, with
the file and row of each; types are given by the raw relation, by the very expressions that the checks used.
"""
