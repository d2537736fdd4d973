"""What the text protocols of several venues share: JSON rules, fields, numbers, times, faces.

A venue's own folder says which keys there are and what they mean; this one, how a number, a level,
a time or an order id is read and written. Native files are the twins of those beside them.
"""
