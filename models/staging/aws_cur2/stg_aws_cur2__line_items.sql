{{ aws_line_items(source('raw', 'aws_cur2')) }}
